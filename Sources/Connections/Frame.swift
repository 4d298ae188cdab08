import CProtocol

/// One message between two of bgsh's programs: a header of twelve bytes in the machine's byte order, and a payload.
///
/// The form of the header is that of all versions (docs/protocols.md).
package struct Frame: Hashable, Sendable {
  /// What it says. Each protocol has kinds of its own.
  package let kind: UInt16
  /// The number of a question, which its answer has too; 0 where nobody counts.
  package let serial: UInt32
  /// The version of what kinds and payloads mean.
  package let version: UInt16
  package let payload: [UInt8]

  package init(kind: UInt16, serial: UInt32 = 0, version: UInt16, payload: [UInt8] = []) {
    self.kind = kind
    self.serial = serial
    self.version = version
    self.payload = payload
  }

  /// The payload as text.
  package var text: String { String(decoding: payload, as: UTF8.self) }

  package var bytes: [UInt8] {
    let header = bgsh_frame_header(length: UInt32(payload.count), serial: serial, version: version, kind: kind)
    return withUnsafeBytes(of: header) { Array($0) } + payload
  }

  static let headerLength = MemoryLayout<bgsh_frame_header>.size
}
