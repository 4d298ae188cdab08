import CProtocol

/// The constants of this module, each with its unit and reason.
enum Limits {
  /// The longest question that is listened to; the library asks none that is longer.
  static let longestQuestionBytes = Int(bgsh_longest_question)
  /// As many connections may be open. There is one of the shell's, and one of each fork of it that asks.
  static let mostConnections = 64
}
