import Connections

/// What `bgsh hook` and the connections of its host say to one another.
///
/// A question is answered by a text, or by nothing; who has passed the text on says so, and only then was it told. A
/// connection that closes before has told nobody.
enum HookProtocol {
  static let version: UInt16 = 1
  static let longestPayload = 1 << 20

  enum Kind: UInt16 {
    /// What is due? Fields: how long to wait in milliseconds, 0 for not at all, -1 for as long as tasks run; 1 for an agent
    /// that another one has started, else 0; then the names that the session may have.
    case ask = 1
    /// A text to pass on.
    case text
    /// There is nothing; the payload is 1 where it is worth waiting.
    case nothing
    /// The text was passed on.
    case told
  }

  static func frame(_ kind: Kind, _ payload: String = "") -> Frame {
    Frame(kind: kind.rawValue, version: version, payload: Array(payload.utf8))
  }

  static func kind(of frame: Frame) -> Kind? { frame.version == version ? Kind(rawValue: frame.kind) : nil }
}

/// A question.
struct HookQuestion {
  let waitMilliseconds: Int64
  let isOfSubagent: Bool
  let sessionNames: [String]

  init(waitMilliseconds: Int64, isOfSubagent: Bool, sessionNames: [String]) {
    self.waitMilliseconds = waitMilliseconds
    self.isOfSubagent = isOfSubagent
    self.sessionNames = sessionNames
  }

  init?(_ frame: Frame) {
    let fields = frame.payload.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count >= 2, let wait = Int64(fields[0]) else { return nil }
    self.init(waitMilliseconds: wait, isOfSubagent: fields[1] == "1", sessionNames: Array(fields.dropFirst(2)))
  }

  var frame: Frame {
    HookProtocol.frame(
      .ask, ([String(waitMilliseconds), isOfSubagent ? "1" : "0"] + sessionNames).joined(separator: "\0"))
  }
}
