/// How much is looked at, and how much is shown.
package enum DigestLimits {
  /// How many lines stand under a headline.
  static let lines = 5
  /// What is shorter is no question but a prompt below one, such as `#? ` of a menu.
  static let shortQuestionBytes = 5
  /// How wide a line is shown, in columns.
  static let columns = 200
  /// What is read of the beginning of an output, in bytes.
  package static let headBytes = 64 * 1024
  /// What is read of the end of an output, in bytes.
  package static let tailBytes = 1024 * 1024
  /// What is read of a line, in bytes: what says that it matters stands at its beginning.
  static let lineBytes = 400
}
