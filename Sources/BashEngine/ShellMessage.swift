/// What the library in bash and bgsh send each other: a header of twelve bytes in the machine's byte order, and what follows
/// it (Loadable/channel.c).
struct ShellMessage {
  /// The question's number. Its answer has the same, and bash takes no other.
  let serial: UInt32
  let version: UInt16
  let kind: UInt8
  let payload: [UInt8]

  /// The version of what kinds and payloads mean; the header is that of all versions.
  static let version: UInt16 = 1
  private static let headerLength = 12

  /// What has come so far of a connection's next message.
  enum Arrival {
    case unfinished
    case whole(ShellMessage)
    /// No message begins like this, or more has come than one.
    case nonsense
  }

  static func arrival(of bytes: [UInt8]) -> Arrival {
    guard bytes.count >= headerLength else { return .unfinished }
    let (length, serial, version, kind) = bytes.withUnsafeBytes {
      (
        Int($0.loadUnaligned(as: UInt32.self)), $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
        $0.loadUnaligned(fromByteOffset: 8, as: UInt16.self), $0.loadUnaligned(fromByteOffset: 10, as: UInt16.self)
      )
    }
    guard length <= Limits.longestQuestionBytes, let kind = UInt8(exactly: kind),
      bytes.count <= headerLength + length
    else { return .nonsense }
    guard bytes.count == headerLength + length else { return .unfinished }
    return .whole(
      ShellMessage(serial: serial, version: version, kind: kind, payload: Array(bytes[headerLength...])))
  }

  /// The answer to this question.
  func answered(_ answer: ShellAnswer) -> ShellMessage {
    let (kind, payload) = answer.message
    return ShellMessage(serial: serial, version: Self.version, kind: kind, payload: payload)
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for number in [UInt32(payload.count), serial] { withUnsafeBytes(of: number) { bytes += $0 } }
    for number in [version, UInt16(kind)] { withUnsafeBytes(of: number) { bytes += $0 } }
    return bytes + payload
  }
}

enum Limits {
  /// The longest question that is listened to; the library asks none that is longer (Loadable/channel.c).
  static let longestQuestionBytes = 64 << 20
  /// As many connections may be open. There is one of the shell's, and one of each fork of it that asks.
  static let mostConnections = 64
}
