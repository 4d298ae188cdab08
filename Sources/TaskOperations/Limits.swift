/// The constants of this module, each with its unit and reason.
enum Limits {
  /// What a list of ended tasks goes back to where nobody says how far.
  static let recent = Duration.seconds(86_400)
  /// More of the past than anybody reads.
  static let noticesOfHistory = 10_000
  /// How many tasks are dropped in one transaction.
  static let droppedAtOnce = 200
}
