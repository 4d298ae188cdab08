/// The constants of this module, each with its unit and reason.
enum Limits {
  /// As many notices at once are shown each; more are folded.
  static let unfoldedNotices = 10
  /// How many failures a folded board shows in full, digest and all.
  static let unfoldedFailures = 20
  /// How many of the others a folded board still shows.
  static let unfoldedRest = 3
}
