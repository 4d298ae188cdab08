import CProcess
import Glibc
import ProcessControl
import SystemPackage

/// What becomes of a database that cannot be read any more.
extension TaskStore {
  /// Opens the database of a state directory. One that is damaged is kept under another name, and a new one begun.
  ///
  /// - Returns: The store, and the name under which a damaged one is kept if there was one.
  package static func openReplacingDamaged(
    in directory: StateDirectory, busyMilliseconds: Int32 = Limits.busyMilliseconds
  ) throws(StoreError) -> (store: TaskStore, kept: String?) {
    do throws(StoreError) {
      let store = try TaskStore(path: directory.databasePath, busyMilliseconds: busyMilliseconds)
      // What is wrong elsewhere than in its head shows where it is read.
      _ = try store.openSessions()
      return (store, nil)
    } catch .damaged {
      return try replaceDamaged(in: directory, busyMilliseconds: busyMilliseconds)
    }
  }

  /// What to say of one that is kept.
  package static func replacementMessage(kept path: String) -> String {
    "the task database was damaged: it is kept as '\(VisibleText.word(path))', and a new one has been begun; "
      + "output files are where they were"
  }

  private static func replaceDamaged(
    in directory: StateDirectory, busyMilliseconds: Int32
  ) throws(StoreError) -> (store: TaskStore, kept: String?) {
    // One at a time: another may just have replaced it.
    let lock = resultOrNil { bgsh_open(directory.path, O_RDONLY | O_DIRECTORY, 0) }
    defer { if let lock { close(lock) } }
    if let lock { _ = resultOrNil { flock(lock, LOCK_EX) } }
    let path = directory.databasePath
    do throws(StoreError) {
      let store = try TaskStore(path: path, busyMilliseconds: busyMilliseconds)
      _ = try store.openSessions()
      return (store, nil)
    } catch .damaged {}
    let kept = "\(path).damaged-\(Timestamp.now.milliseconds / 1000)-\(getpid())"
    for suffix in ["-wal", "-shm", ""] { rename(path + suffix, kept + suffix) }
    let store = try TaskStore(path: path, busyMilliseconds: busyMilliseconds)
    // Ids are not handed out twice: their output is still there.
    try store.skipTaskIDs(to: directory.highestOutputID)
    return (store, kept)
  }

  /// Leaves out all ids up to one.
  package func skipTaskIDs(to id: Int64) throws(StoreError) {
    try connection.run("UPDATE sequence SET value = max(value, ?) WHERE name = 'task'", .integer(id))
  }
}

extension StateDirectory {
  /// The highest id that has output, 0 if there is none.
  package var highestOutputID: Int64 {
    Self.names(in: outputPath).compactMap { Int64($0.prefix { $0 != "." }) }.reduce(0, max)
  }
}
