/// The constants of this module, each with its unit and reason.
enum Limits {
  /// How many rows a screen has where there is none that says it.
  static let assumedRows = 50
  /// A board takes so many rows even on a screen of which that is more than half.
  static let fewestRows = 4
  /// How many columns of a command are shown however little room there is: less says nothing.
  static let narrowestCommand = 8
  /// How many columns the name of a member of a pipeline takes at most.
  static let widestMember = 30
  /// What is older says when it was, in milliseconds.
  static let youngMilliseconds: Int64 = 60_000
}
