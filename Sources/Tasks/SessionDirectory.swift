import CProcess
import Glibc
import ProcessControl
package import SystemPackage

/// The directory of one session, where its supervisor is reached for as long as it lives, and which that keeps locked.
package struct SessionDirectory: Hashable, Sendable {
  package let id: SessionID
  package let path: String

  /// Names a directory without looking at it.
  package init(id: SessionID, path: String) {
    self.id = id
    self.path = path
  }

  /// A stream socket that takes a ``SupervisorRequest``.
  package static let controlName = "control"
  package var controlPath: String { path + "/" + Self.controlName }
  /// A FIFO that holds the next task id.
  package var idsPath: String { path + "/ids" }
  /// A stream socket to which a task writes its ``LaunchRecord``, to be told when it may start: one of its own, so that
  /// clients, however many, hold up no launch.
  package static let launchesName = "launches"
  package var launchesPath: String { path + "/" + Self.launchesName }
  /// What shells have confirmed: a ``LaunchRecord`` after another, for whoever finds that nobody is left to record them.
  package var launchedPath: String { path + "/launched" }
  /// How far the session has seen what a task has written to a file.
  package func seenPath(_ task: TaskID, _ file: OutputFile = .output) -> String {
    "\(path)/seen-\(task.rawValue)\(file.suffix)"
  }

  /// Makes the directory with its FIFO. It is there before bash is started: a shell that opened it too early would make a
  /// plain file of that name.
  package func make() throws(Errno) {
    try systemCall { mkdir(path, 0o700) }
    try systemCall { mkfifo(idsPath, 0o600) }
  }

  /// Whether the session's supervisor lives: whether somebody holds the lock.
  ///
  /// One of which that cannot be found out, for want of a descriptor for example, lives.
  package var isAlive: Bool {
    do throws(Errno) {
      let directory = try FileDescriptor.opening(path, O_RDONLY | O_DIRECTORY)
      defer { try? directory.close() }
      try systemCall { bgsh_is_unlocked(directory.rawValue) }
      return false
    } catch {
      return error != .noSuchFileOrDirectory && error != .notDirectory
    }
  }

  /// Whether a supervisor that died is to be replaced, as far as the directory tells: whoever gives that up takes the ids
  /// away. It means nothing when the session's shell has gone.
  package var expectsSupervisor: Bool { access(idsPath, F_OK) == 0 }

  /// Opens the FIFO of the ids, to hold what is in it while no supervisor does.
  package func holdIDs() -> FileDescriptor? { try? FileDescriptor.opening(idsPath, O_RDWR | O_NONBLOCK) }

  /// Lets nobody start a task here any more, nor wait for that.
  package func giveUp() {
    for path in [idsPath, launchesPath, controlPath] { unlink(path) }
  }

  /// Removes the directory with everything in it.
  package func remove() {
    for name in StateDirectory.names(in: path) { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// Removes the directory, unless it has a supervisor now.
  func removeIfUnlocked() {
    guard let lock = try? takeLock(attempts: 1) else { return }
    remove()
    try? lock.close()
  }

  /// Makes this process the session's supervisor until it ends or closes the descriptor; nil if there is another.
  ///
  /// Whoever asks ``isAlive`` holds the lock for a moment, so it is tried a few times.
  package func takeLock(attempts: Int = 50) throws(Errno) -> FileDescriptor? {
    let file = try FileDescriptor.opening(path, O_RDONLY | O_DIRECTORY)
    for _ in 0..<attempts {
      if resultOrNil({ bgsh_try_lock(file.rawValue) }) != nil { return file }
      poll(nil, 0, 1)
    }
    try? file.close()
    return nil
  }
}
