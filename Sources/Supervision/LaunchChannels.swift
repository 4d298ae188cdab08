import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// The FIFOs of a session through which shells ask for ids and register tasks.
struct LaunchChannels {
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
    // A supervisor that was killed has left its socket; the lock says that there is no other.
    unlink(directory.controlPath)
  }

  private static func openFIFO(_ path: String) throws(Errno) -> FileDescriptor {
    try FileDescriptor.opening(path, O_RDWR | O_NONBLOCK)
  }

  /// Removes what the session needed while it ran.
  func remove() { directory.remove() }

  /// The files of a task that is being launched.
  func files(of id: TaskID) -> LaunchFiles { LaunchFiles(of: id, in: state) }
}
