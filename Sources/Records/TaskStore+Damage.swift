import CProcess
import Glibc
import ProcessControl
package import StateFiles
import SystemPackage
import Tasks

/// What becomes of a database that cannot be read any more.
extension TaskStore {
  /// How much of a database is read when it is opened, besides its head.
  package enum LookAhead: Sendable {
    case nothing
    case some
    /// It takes its time: it has been found damaged somewhere.
    case all
  }

  /// Opens the database of a state directory. One that is damaged is kept under another name, and a new one begun.
  ///
  /// - Parameter reading: How much of it is looked at.
  /// - Returns: The store, and the name under which a damaged one is kept if there was one.
  package static func openReplacingDamaged(
    in directory: StateDirectory, busyMilliseconds: Int32 = Limits.busyMilliseconds, reading: LookAhead = .some
  ) throws(StoreError) -> (store: TaskStore, kept: String?) {
    do throws(StoreError) {
      return (try sound(directory.databasePath, busyMilliseconds: busyMilliseconds, reading: reading), nil)
    } catch .damaged {
      return try replaceDamaged(in: directory, busyMilliseconds: busyMilliseconds, reading: reading)
    }
  }

  /// Opens a database of which nothing is seen to be damaged.
  private static func sound(
    _ path: String, busyMilliseconds: Int32, reading: LookAhead
  ) throws(StoreError) -> TaskStore {
    let store = try TaskStore(path: path, busyMilliseconds: busyMilliseconds)
    // Damage elsewhere than in the head of the file shows only when that part is read.
    if reading != .nothing { _ = try store.openSessions() }
    if reading == .all { try store.readAll() }
    return store
  }

  /// Reads every table and index, as they are to be.
  private func readAll() throws(StoreError) {
    for table in ["sequence", "sessions", "tasks", "notifications", "settings", "supervision"] {
      _ = try connection.integer("SELECT count(*) FROM \(table)")
    }
    let problems = try connection.rows("PRAGMA integrity_check(1)") { $0.text(0) }
    guard problems == ["ok"] else { throw .damaged(path: connection.path) }
  }

  private static func replaceDamaged(
    in directory: StateDirectory, busyMilliseconds: Int32, reading: LookAhead
  ) throws(StoreError) -> (store: TaskStore, kept: String?) {
    // One at a time: another may just have replaced it.
    let lock = resultOrNil { bgsh_open(directory.path, O_RDONLY | O_DIRECTORY, 0) }
    defer { if let lock { close(lock) } }
    if let lock { _ = resultOrNil { flock(lock, LOCK_EX) } }
    let path = directory.databasePath
    do throws(StoreError) {
      return (try sound(path, busyMilliseconds: busyMilliseconds, reading: reading), nil)
    } catch .damaged {}
    let kept = "\(path).damaged-\(Timestamp.now.milliseconds / 1000)-\(getpid())"
    for suffix in ["-wal", "-shm", ""] { rename(path + suffix, kept + suffix) }
    let store = try TaskStore(path: path, busyMilliseconds: busyMilliseconds)
    // No id that has output is handed out again.
    try store.skipTaskIDs(to: directory.highestOutputID)
    return (store, kept)
  }

  /// Leaves out all ids up to one.
  package func skipTaskIDs(to id: Int64) throws(StoreError) {
    try connection.run("UPDATE sequence SET value = max(value, ?) WHERE name = 'task'", .integer(id))
  }
}
