/// The constants of this module, each with its unit and reason.
enum Limits {
  /// How much the log of a session holds, twice over, and of how many sessions it is kept.
  static let logBytes = 32_768
  static let keptLogs = 16

  /// How old a directory is, in seconds, that a session has begun to make and will not finish.
  static let startSeconds: Int64 = 60
}
