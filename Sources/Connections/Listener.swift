import CProcess
import Glibc
import ProcessControl
package import SystemPackage

/// Accepts the connections of some users at a socket, as long as there are descriptors for them. It owns the socket.
package final class Listener {
  /// Who has connected, as the kernel has it.
  package struct Peer: Hashable, Sendable {
    package let userID: UInt32
    package let processID: Int32
  }

  private let loop: EventLoop
  private let socket: FileDescriptor
  private let users: [UInt32]
  private let hasRoom: () -> Bool
  private let welcome: (FileDescriptor, Peer) -> Void
  private var watch: EventLoop.WatchID?
  private var isAccepting = false
  /// Whether somebody may wait of whom it was told already.
  private var isHeldBack = false

  /// Called where somebody who has connected has to wait: ``listen()`` is to be called when that may have passed.
  package var isHeldUp: (Errno) -> Void = { _ in }

  /// - Parameters:
  ///   - socket: A socket that listens and does not block.
  ///   - users: Whose connections are not closed at once.
  ///   - hasRoom: Whether there may be one more connection. Where there was none, ``listen()`` is to be called when there
  ///     is.
  ///   - welcome: Takes a connection, which does not block.
  package init(
    _ socket: FileDescriptor, in loop: EventLoop, users: [UInt32], hasRoom: @escaping () -> Bool = { true },
    welcome: @escaping (FileDescriptor, Peer) -> Void
  ) {
    self.loop = loop
    self.socket = socket
    self.users = users
    self.hasRoom = hasRoom
    self.welcome = welcome
  }

  deinit {
    if let watch { loop.forget(watch) }
    try? socket.close()
  }

  /// Hears of connections from here on, and of those that have been made meanwhile.
  package func listen() {
    guard watch == nil else { return isHeldBack ? accept() : () }
    do throws(Errno) {
      // Told once of each connection: one for which there is no descriptor now must not keep the loop turning.
      watch = try loop.watch(socket, for: .readableEdges) { [unowned self] _ in accept() }
    } catch {
      isHeldUp(error)
    }
  }

  /// Accepts whoever has come.
  package func accept() {
    guard !isAccepting else { return }
    isAccepting = true
    isHeldBack = !acceptAll()
    isAccepting = false
  }

  /// Whether nobody waits any more.
  private func acceptAll() -> Bool {
    while hasRoom() {
      var peer: (user: UInt32, process: Int32) = (0, 0)
      let connection: FileDescriptor
      do throws(Errno) {
        connection = FileDescriptor(
          rawValue: try systemCall { bgsh_accept(socket.rawValue, &peer.user, &peer.process) })
      } catch .resourceTemporarilyUnavailable {
        return true
      } catch {
        isHeldUp(error)
        return false
      }
      if users.contains(peer.user) {
        welcome(connection, Peer(userID: peer.user, processID: peer.process))
      } else {
        try? connection.close()
      }
    }
    return false
  }
}
