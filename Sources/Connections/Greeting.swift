import CProtocol
import ProcessControl

/// What each side of a lasting connection says first: of which version it is. Here for one side, which says its own and
/// hears the other's.
///
/// The text of a greeting ends with a line feed. A program of before the frames takes it for a line that it does not
/// understand, and closes the connection instead of waiting for more.
package struct Greeting: Sendable {
  /// The kind of its frame, in every protocol.
  package static let kind = UInt16(bgsh_greeting_kind)

  /// The version of the protocol.
  package let version: UInt16
  private var isHeard = false

  package init(version: UInt16) {
    self.version = version
  }

  /// The own one.
  package var frame: Frame {
    Frame(kind: Self.kind, version: version, payload: Array("bgsh \(Version.text)\n".utf8))
  }

  /// What a frame of the other side is.
  package enum Reading: Hashable, Sendable {
    case greeting
    case message
    /// The other side is of another version, with the name that it gives itself, if any.
    case otherVersion(name: String?)
  }

  package mutating func read(_ frame: Frame) -> Reading {
    guard frame.version == version else {
      return .otherVersion(name: frame.kind == Self.kind ? Self.name(frame) : nil)
    }
    if isHeard { return .message }
    isHeard = frame.kind == Self.kind
    return isHeard ? .greeting : .otherVersion(name: nil)
  }

  /// The name, safe to show.
  private static func name(_ frame: Frame) -> String? {
    let bytes = frame.payload.prefix(60).filter { (0x20..<0x7f).contains($0) }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
