import CProcess
import Glibc
import ProcessControl
import StateFiles
import SystemPackage

/// Accepts the connections of some users at a socket, as long as there are descriptors for them.
final class ConnectionListener {
  private unowned let supervisor: Supervisor
  private let socket: FileDescriptor
  private let users: Set<UInt32>
  private let hasRoom: () -> Bool
  private let welcome: (FileDescriptor, Int32) -> Void
  private var isListening = false

  /// - Parameters:
  ///   - socket: As ``socket(named:in:)`` makes it.
  ///   - users: Whose connections are not closed at once.
  ///   - hasRoom: Whether there may be one more connection.
  ///   - welcome: Takes a connection, and the process ID of who has made it.
  init(
    supervisor: Supervisor, socket: FileDescriptor, users: Set<UInt32>, hasRoom: @escaping () -> Bool = { true },
    welcome: @escaping (FileDescriptor, Int32) -> Void
  ) {
    self.supervisor = supervisor
    self.socket = socket
    self.users = users
    self.hasRoom = hasRoom
    self.welcome = welcome
  }

  /// Makes a socket that listens, with this name in the session's directory.
  static func socket(named name: String, in directory: SessionDirectory) throws(Errno) -> FileDescriptor {
    let folder = try FileDescriptor.opening(directory.path, O_RDONLY | O_DIRECTORY)
    defer { try? folder.close() }
    // One that listened and was not ours would keep clients waiting; and its name is needed for the next try.
    func failed(_ error: Errno) -> Errno {
      unlink("\(directory.path)/\(name)")
      return error
    }
    let socket: FileDescriptor
    do throws(Errno) {
      socket = FileDescriptor(rawValue: try systemCall { bgsh_listen_in(folder.rawValue, name) })
    } catch {
      throw failed(error)
    }
    do throws(Errno) {
      try socket.stopBlocking()
      return socket
    } catch {
      try? socket.close()
      throw failed(error)
    }
  }

  /// Accepts whoever has come.
  func accept() {
    var user: UInt32 = 0
    var processID: Int32 = 0
    while hasRoom() {
      let number: Int32
      do throws(Errno) {
        number = try systemCall { bgsh_accept(socket.rawValue, &user, &processID) }
      } catch .resourceTemporarilyUnavailable {
        return
      } catch {
        // The loop would come back at once, for as long as that lasts.
        supervisor.note("a connection waits: \(error)")
        return pause()
      }
      let connection = FileDescriptor(rawValue: number)
      if users.contains(user) {
        welcome(connection, processID)
      } else {
        try? connection.close()
      }
    }
    pause()
  }

  /// Hears of connections from here on: at the beginning, and when another one has been closed.
  func listen() {
    guard !isListening else { return }
    do throws(Errno) {
      try supervisor.loop.watch(socket) { [unowned self] _ in accept() }
      isListening = true
    } catch {
      supervisor.note("connections are heard later: \(error)")
      listenLater()
    }
  }

  /// Whoever waits is heard when another connection has been closed, or some time.
  private func pause() {
    guard isListening else { return }
    isListening = false
    supervisor.loop.ignore(socket)
    listenLater()
  }

  private func listenLater() {
    supervisor.timers.add(.listenAgain, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
  }
}
