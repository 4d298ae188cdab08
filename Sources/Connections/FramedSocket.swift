import CProcess
import Glibc
import ProcessControl
package import SystemPackage

/// A connected stream socket that is read and written in frames, with what has not been taken on either side. It closes
/// the socket when it goes.
///
/// Nothing here waits, where the descriptor does not block.
package struct FramedSocket: ~Copyable {
  package let descriptor: FileDescriptor
  private var incoming: FrameBuffer
  private var outgoing: [UInt8] = []
  /// How many of those have been sent.
  private var sent = 0
  package private(set) var isOpen = true

  /// - Parameter longestPayload: Of a frame that is listened to, in bytes.
  package init(owning descriptor: FileDescriptor, longestPayload: Int) {
    self.descriptor = descriptor
    incoming = FrameBuffer(longestPayload: longestPayload)
  }

  /// Connects to a socket of this user in the abstract namespace. It does not block.
  package init(connectedToAbstract name: String, longestPayload: Int) throws(Errno) {
    self.init(
      owning: FileDescriptor(rawValue: try systemCall { bgsh_connect_abstract(name) }), longestPayload: longestPayload)
  }

  deinit {
    if isOpen { try? descriptor.close() }
  }

  /// Closes the socket before that. What has not been sent is dropped.
  package mutating func close() {
    guard isOpen else { return }
    isOpen = false
    try? descriptor.close()
  }

  // MARK: What comes

  /// Reads once; false at the end of what the other side has to say.
  package mutating func receive() throws(Errno) -> Bool {
    let bytes = try descriptor.readSome()
    guard !bytes.isEmpty else { return false }
    incoming.append(bytes)
    return true
  }

  /// Takes the next frame that has been received.
  package mutating func next() -> FrameBuffer.Arrival { incoming.next() }

  /// What has been received and is not taken yet.
  package var received: ArraySlice<UInt8> { incoming.rest }

  /// Drops what has been received.
  package mutating func dropReceived() { incoming.removeAll() }

  // MARK: What goes

  /// How many bytes the other side has not taken yet.
  package var outgoingBytes: Int { outgoing.count - sent }

  /// Keeps something for ``send()``.
  package mutating func append(_ bytes: [UInt8]) {
    if outgoingBytes == 0 {
      outgoing = bytes
    } else {
      outgoing.removeFirst(sent)
      outgoing += bytes
    }
    sent = 0
  }

  /// Sends what the other side takes now.
  ///
  /// - Throws: Never that it takes nothing now.
  package mutating func send() throws(Errno) {
    do throws(Errno) {
      while sent < outgoing.count {
        // Not write: an end that has just died must not end this process by SIGPIPE.
        sent += try systemCall {
          outgoing[sent...].withUnsafeBytes {
            Glibc.send(descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
          }
        }
      }
      dropOutgoing()
    } catch .resourceTemporarilyUnavailable {
    } catch {
      throw error
    }
  }

  /// Drops what nobody will take.
  package mutating func dropOutgoing() {
    outgoing = []
    sent = 0
  }
}
