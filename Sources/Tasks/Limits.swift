/// The constants of this module, each with its unit and reason.
package enum Limits {
  /// Time between SIGTERM and SIGKILL unless `--kill-after` says otherwise.
  package static let killAfterMilliseconds: Int64 = 5_000
  /// The longest duration that can be asked for, a hundred years: sums of such times never overflow.
  package static let longestDurationMilliseconds: Int64 = 36_525 * 86_400_000
  /// What is kept of a task's output unless `--limit` says otherwise.
  package static let outputLimitBytes: Int64 = 64 << 20
  /// The largest size that can be asked for, 1024T: sums of such sizes never overflow. And how many digits it may have.
  package static let largestSizeBytes: Int64 = 1 << 50
  package static let sizeDigits = 16
  /// The longest name of a task: it stands uncut beside its number.
  package static let nameCharacters = 100
  /// How many columns a message of bgsh's own has at most: more than any of them needs, less than a screen.
  package static let messageColumns = 1_500
  /// How many columns of a command a notice shows where there is no screen that says it.
  package static let commandColumns = 200
  /// The longest expression that a task's output is looked through for, in bytes, and how often it may repeat something.
  package static let notifyPatternBytes = 1_000
  package static let notifyPatternRepetitions = 1_000
  /// How much of a line is looked at for it, in bytes: the cost of a look is bounded by that.
  package static let notifyLineBytes = 8_192
  /// How many characters of a line that matches are kept.
  package static let matchedLineCharacters = 500
}
