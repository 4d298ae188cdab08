import CProcess
import CProtocol
import Glibc
import ProcessControl
package import SystemPackage
package import Tasks

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
  package static let controlName = BGSH_CONTROL_SOCKET
  package var controlPath: String { path + "/" + Self.controlName }
  /// A FIFO that holds the next task id. The session's shell keeps it locked for as long as it lives: that can be seen
  /// from every PID namespace, where its process ID may mean another process or none.
  package var idsPath: String { path + "/" + BGSH_IDS_FIFO }
  /// What the FIFO is called when nobody can start a task here any more.
  private var closedIDsPath: String { path + "/closed" }
  /// A stream socket to which a task writes its ``LaunchRecord``, to be told when it may start: one of its own, so that
  /// clients, however many, hold up no launch.
  package static let launchesName = BGSH_LAUNCHES_SOCKET
  package var launchesPath: String { path + "/" + Self.launchesName }
  /// The launches that shells have confirmed, one ``LaunchRecord`` after another: where nobody is left to record them,
  /// the next bgsh program that looks reads them here.
  package var launchedPath: String { path + "/" + BGSH_LAUNCHED_LIST }
  /// How far the session has seen what a task has written to a file.
  package func seenPath(_ task: TaskID, _ file: OutputFile = .output) -> String {
    "\(path)/seen-\(task.rawValue)\(file.suffix)"
  }

  /// Makes the directory with its FIFO, which this process keeps locked until it ends. It is there before bash is started:
  /// a shell that opened it too early would make a plain file of that name.
  ///
  /// It gets its name only when it is whole, so that nobody takes it for the directory of a session that has gone.
  ///
  /// - Returns: The FIFO, which holds what is in it while no supervisor does.
  package func make() throws(Errno) -> FileDescriptor {
    let place = SessionDirectory(id: id, path: startPath)
    try systemCall { mkdir(place.path, 0o700) }
    do throws(Errno) {
      try systemCall { mkfifo(place.idsPath, 0o600) }
      let ids = try FileDescriptor.opening(place.idsPath, O_RDWR | O_NONBLOCK | O_NOFOLLOW)
      do throws(Errno) {
        try systemCall { bgsh_try_lock(ids.rawValue) }
        try systemCall { rename(place.path, path) }
        return ids
      } catch {
        try? ids.close()
        throw error
      }
    } catch {
      place.remove()
      throw error
    }
  }

  /// Stands before the name of a directory that is being made: no session's name begins so.
  static let startMark = "."

  private var startPath: String {
    let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return String(path[..<name]) + Self.startMark + String(path[name...])
  }

  /// Whether the session's supervisor lives: whether somebody holds the lock.
  ///
  /// Where that cannot be found out, for want of a descriptor for example, it counts as alive.
  package var isAlive: Bool {
    do throws(Errno) {
      let directory = try FileDescriptor.opening(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      defer { try? directory.close() }
      try systemCall { bgsh_is_unlocked(directory.rawValue) }
      return false
    } catch {
      return !Self.meansNothing(error)
    }
  }

  /// Whether the session's shell lives. Where that cannot be found out it counts as alive.
  ///
  /// The shell of an older bgsh locks nothing: it counts as gone.
  package var hasShell: Bool {
    for path in [idsPath, closedIDsPath] {
      do throws(Errno) {
        let ids = try FileDescriptor.opening(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        defer { try? ids.close() }
        try systemCall { bgsh_is_unlocked(ids.rawValue) }
        return false
      } catch {
        guard Self.meansNothing(error) else { return true }
      }
    }
    return false
  }

  /// Whether neither a supervisor nor a shell is left.
  package var isOver: Bool { !isAlive && !hasShell }

  /// Whether an error says that there is nothing of that name, or something else.
  private static func meansNothing(_ error: Errno) -> Bool {
    [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error)
  }

  /// Whether another supervisor is expected when one dies: ``giveUp()`` takes the ids away. It means nothing when the
  /// session's shell has gone.
  package var expectsSupervisor: Bool { access(idsPath, F_OK) == 0 }

  /// Lets nobody start a task here any more, nor wait for that.
  package func giveUp() {
    rename(idsPath, closedIDsPath)
    for path in [launchesPath, controlPath] { unlink(path) }
  }

  /// Removes the directory with everything in it. What a link leads to is nobody's here.
  package func remove() {
    guard let directory = try? FileDescriptor.opening(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
    defer { try? directory.close() }
    for name in StateDirectory.names(in: path) { unlinkat(directory.rawValue, name, 0) }
    rmdir(path)
  }

  /// Removes the directory, unless it has a supervisor now, or a shell that is about to have one.
  package func removeIfUnlocked() {
    guard let lock = try? takeLock(attempts: 1) else { return }
    defer { try? lock.close() }
    if !hasShell { remove() }
  }

  /// Makes this process the session's supervisor until it ends or closes the descriptor; nil if there is another.
  ///
  /// Whoever asks ``isAlive`` holds the lock for a moment, so it is tried a few times.
  package func takeLock(attempts: Int = 50) throws(Errno) -> FileDescriptor? {
    let file = try FileDescriptor.opening(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    for _ in 0..<attempts {
      if resultOrNil({ bgsh_try_lock(file.rawValue) }) != nil { return file }
      poll(nil, 0, 1)
    }
    try? file.close()
    return nil
  }
}
