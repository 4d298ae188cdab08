import CProtocol

/// What the library in bash and bgsh send each other: a header in the machine's byte order, and what follows it.
struct ShellMessage {
  /// The question's number. Its answer has the same, and bash takes no other.
  let serial: UInt32
  let version: UInt16
  let kind: UInt16
  let payload: [UInt8]

  /// The version of what kinds and payloads mean; the header is that of all versions.
  static let version = UInt16(bgsh_message_version)
  private static let headerLength = MemoryLayout<bgsh_message_header>.size

  /// What has come so far of a connection's next message.
  enum Arrival {
    case unfinished
    case whole(ShellMessage)
    /// No message begins like this, or more has come than one.
    case nonsense
  }

  static func arrival(of bytes: [UInt8]) -> Arrival {
    guard bytes.count >= headerLength else { return .unfinished }
    let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: bgsh_message_header.self) }
    let length = Int(header.length)
    guard length <= Limits.longestQuestionBytes,
      bytes.count <= headerLength + length
    else { return .nonsense }
    guard bytes.count == headerLength + length else { return .unfinished }
    return .whole(
      ShellMessage(
        serial: header.serial, version: header.version, kind: header.kind, payload: Array(bytes[headerLength...])))
  }

  /// The answer to this question.
  func answered(_ answer: ShellAnswer) -> ShellMessage {
    let (kind, payload) = answer.message
    return ShellMessage(serial: serial, version: Self.version, kind: UInt16(kind.rawValue), payload: payload)
  }

  var bytes: [UInt8] {
    let header = bgsh_message_header(length: UInt32(payload.count), serial: serial, version: version, kind: kind)
    return withUnsafeBytes(of: header) { Array($0) } + payload
  }
}

enum Limits {
  /// The longest question that is listened to; the library asks none that is longer.
  static let longestQuestionBytes = bgsh_longest_question
  /// As many connections may be open. There is one of the shell's, and one of each fork of it that asks.
  static let mostConnections = 64
}
