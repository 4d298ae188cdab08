import CProcess
import Glibc
package import ProcessControl
package import SystemPackage

/// Where the session's bash reaches bgsh: a socket in the abstract namespace, which nobody has to clean up and which bash
/// finds again when its user has closed its end.
package final class ShellListener {
  private let loop: EventLoop
  private let listener: FileDescriptor
  private var received: [FileDescriptor: [UInt8]] = [:]

  /// Its name, for ``Glue``.
  package let name: String

  /// Called with each request; the answer goes back at once.
  package var answer: (ShellRequest) -> ShellAnswer = { _ in .done }

  package init(loop: EventLoop, name: String) throws(Errno) {
    self.loop = loop
    self.name = name
    listener = FileDescriptor(rawValue: try systemCall { bgsh_listen_abstract(name) })
    try loop.watch(listener) { [unowned self] _ in accept() }
  }

  private func accept() {
    var user: UInt32 = 0
    while let number = resultOrNil({ bgsh_accept(listener.rawValue, &user, nil) }) {
      let connection = FileDescriptor(rawValue: number)
      guard user == geteuid() else {
        try? connection.close()
        continue
      }
      received[connection] = []
      do throws(Errno) {
        try loop.watch(connection) { [unowned self] _ in receive(from: connection) }
      } catch {
        drop(connection)
      }
    }
  }

  private func drop(_ connection: FileDescriptor) {
    loop.ignore(connection)
    received[connection] = nil
    try? connection.close()
  }

  private func receive(from connection: FileDescriptor) {
    do throws(Errno) {
      let bytes = try connection.readSome()
      guard !bytes.isEmpty else { return drop(connection) }
      received[connection]? += bytes
    } catch .resourceTemporarilyUnavailable {
      return
    } catch {
      return drop(connection)
    }
    while let message = nextMessage(from: connection) {
      guard let request = ShellRequest(kind: message.kind, payload: message.payload) else { return drop(connection) }
      send(answer(request), to: connection)
    }
  }

  /// Each message is preceded by the number of bytes that follow and its kind, 32 bits each in the machine's byte order.
  private static let headerLength = 8

  private func nextMessage(from connection: FileDescriptor) -> (kind: UInt8, payload: [UInt8])? {
    guard let bytes = received[connection], bytes.count >= Self.headerLength else { return nil }
    let (length, kind) = bytes.withUnsafeBytes {
      (Int($0.loadUnaligned(as: UInt32.self)), $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }
    guard bytes.count >= Self.headerLength + length else { return nil }
    let payload = Array(bytes[Self.headerLength..<(Self.headerLength + length)])
    received[connection]?.removeFirst(Self.headerLength + length)
    return (UInt8(truncatingIfNeeded: kind), payload)
  }

  private func send(_ answer: ShellAnswer, to connection: FileDescriptor) {
    let (kind, payload) = answer.message
    var message: [UInt8] = []
    for number in [UInt32(payload.count), UInt32(kind)] { withUnsafeBytes(of: number) { message += $0 } }
    message += payload
    var rest = message[...]
    while !rest.isEmpty {
      do throws(Errno) {
        rest = rest.dropFirst(try connection.writeSome(rest))
      } catch .resourceTemporarilyUnavailable {
        // Bash is waiting for it.
        var ready = pollfd(fd: connection.rawValue, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } catch {
        return
      }
    }
  }
}
