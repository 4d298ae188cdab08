import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// The FIFOs of a session through which shells ask for ids and register tasks, and the files of each task.
struct LaunchFiles {
  let state: StateDirectory
  let directory: SessionDirectory
  /// Holds one packet, the next id: a second can be written only when a shell has taken the first.
  let ids: FileDescriptor
  /// Receives a line for each task that asks to start.
  let registrations: FileDescriptor
  private let lock: FileDescriptor

  /// Takes the lock of the session and opens its FIFOs.
  init(session: SessionID, state: StateDirectory) throws(Errno) {
    self.state = state
    let directory = state.session(session)
    self.directory = directory
    guard let lock = try directory.takeLock() else { throw .wouldBlock }
    self.lock = lock
    let ids = try Self.openFIFO(directory.idsPath)
    try systemCall { bgsh_make_single_packet_fifo(ids.rawValue) }
    self.ids = ids
    registrations = try Self.openFIFO(directory.registerPath)
  }

  private static func openFIFO(_ path: String) throws(Errno) -> FileDescriptor {
    try FileDescriptor.opening(path, O_RDWR | O_NONBLOCK)
  }

  /// Removes what the session needed while it ran.
  func remove() {
    for path in [directory.idsPath, directory.registerPath, directory.controlPath, directory.lockPath] { unlink(path) }
    rmdir(directory.path)
  }

  // MARK: One task

  func output(of id: TaskID) -> String { state.outputFile(of: id) }

  /// What the task writes about itself before it asks to start.
  func record(of id: TaskID) -> String { state.outputDirectory(of: id) + "/record" }

  /// The FIFO at which the task waits for its answer.
  func go(of id: TaskID) -> String { state.outputDirectory(of: id) + "/go" }

  /// Makes a task's directory with its FIFO and its files, still empty: what a shell makes has the user's mask.
  func makeDirectory(of id: TaskID) throws(Errno) {
    try systemCall { mkdir(state.outputDirectory(of: id), 0o700) }
    for file in [output(of: id), record(of: id)] {
      let number = try systemCall { bgsh_open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600) }
      Glibc.close(number)
    }
    try systemCall { mkfifo(go(of: id), 0o600) }
  }

  /// Removes what a task needs only to start.
  func removeHandshake(of id: TaskID) {
    unlink(go(of: id))
    unlink(record(of: id))
  }

  /// Removes the directory of an id that no task has.
  func removeDirectory(of id: TaskID) {
    removeHandshake(of: id)
    unlink(output(of: id))
    rmdir(state.outputDirectory(of: id))
  }
}
