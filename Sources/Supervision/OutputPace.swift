/// How often the size of a file is looked at.
enum OutputPace {
  /// After a task has begun, or begun to write.
  static let firstMilliseconds: Int64 = 20
  /// The shortest and the longest pause between two looks at one that grows.
  static let shortestMilliseconds: Int64 = 10
  static let longestMilliseconds: Int64 = 500
  /// By how much a file may grow from one look to the next, if there is time for the look, with a small limit.
  static let smallestAllowanceBytes: Int64 = 4 << 20
  /// From where on an output is one that may fill a disk.
  static let noticeableBytes: Int64 = 1 << 20
  /// While something is looked for in an output that grows.
  static let searchedMilliseconds: Int64 = 50
  /// How long it is looked for at a time, and in what a task has written last: others wait meanwhile.
  static let searchMilliseconds: Int64 = 3
  static let lastSearchMilliseconds: Int64 = 30
  /// After how long without more a line counts as one that will not be ended.
  static let unfinishedMilliseconds: Int64 = 100
  /// How long a task that was ended for want of space may take, before another is.
  static let patienceMilliseconds: Int64 = 1_000
}
