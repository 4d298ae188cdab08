import CTestSupport
import Glibc

/// A stream socket of this machine that somebody listens on.
package struct LocalSocket {
  private let name: String

  /// - Parameter name: A path, or a null byte with an abstract name.
  package init(named name: String) {
    self.name = name
  }

  /// Asks as some user, for which this process must be root's, and returns what comes first: empty if the connection is
  /// closed.
  package func answer(to request: [UInt8], from user: UInt32) throws -> [UInt8] {
    let bytes = name.utf8.map { CChar(bitPattern: $0) }
    let descriptor = bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { bgtest_connect_as(user, $0, buffer.count) } ?? -1
    }
    guard descriptor >= 0 else { throw HarnessFailure.systemCall("cannot connect to '\(name)'") }
    defer { close(descriptor) }
    _ = send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, 30_000) == 1 else { throw HarnessFailure("'\(name)' neither answers nor closes") }
    var buffer = [UInt8](repeating: 0, count: 4096)
    return Array(buffer[..<max(0, read(descriptor, &buffer, buffer.count))])
  }
}
