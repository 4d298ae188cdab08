/// Bounds of the supervisor's patience and curiosity.
enum Patience {
  /// How often the trees of running tasks are searched for a process that waits for input.
  static let inspectMilliseconds: Int64 = 1_000
  /// When what is needed only to begin is given back.
  static let settleDownMilliseconds: Int64 = 500
  /// How soon ended tasks that are not kept are dropped, how many at once, and how often that is looked at for their age.
  static let keepMilliseconds: Int64 = 20
  static let droppedAtOnce = 64
  /// How soon it is looked whether something has been told meanwhile.
  static let untoldMilliseconds: Int64 = 500
  static let keepIntervalMilliseconds: Int64 = 60_000
  /// How deep a tree is searched, and how many trees in one round.
  static let inspectedDepth = 16
  static let inspectedTasks = 64
  /// How soon after another a launch is one of many, and how many ids are offered then.
  static let hurryMilliseconds: Int64 = 10
  static let mostOffered = 16
  /// How long a launch that took an id may stay silent and keep the supervisor alive.
  static let registrationMilliseconds: Int64 = 10_000
  /// How long the loop may be held up by another user of the database, and when what failed is tried again.
  static let busyMilliseconds: Int32 = 100
  /// How long that may go on until launches are refused; shells wait for twice as long.
  static let longBusyMilliseconds: Int64 = 5_000
  static let retryMilliseconds: Int64 = 500
  /// When processes are looked at again that could not be seen: somebody waits for their end.
  static let lookAgainMilliseconds: Int64 = 50
  /// How long what is to be written waits for memory before another supervisor is to try; bgsh gives them up when they die
  /// more than five times in 10 s.
  static let memoryMilliseconds: Int64 = 2_000
  /// The same where there is nobody to start another one.
  static let longMemoryMilliseconds: Int64 = 60_000
  /// With as little space left the log of the database is to be short. Shells launch nothing with a quarter of it.
  static let scarceBytes: Int64 = 1 << 20
  /// How many launches may stand in the list of those that were confirmed before it is emptied.
  static let confirmedLaunches = 1_000
  /// How soon it is looked whether ids have been taken, where nothing tells.
  static let offerSoonMilliseconds: Int64 = 20
  /// How long a refusal stands before it is thought over.
  static let offerMilliseconds: Int64 = 2_000
  /// How long an answer to a request to settle may take.
  static let settleMilliseconds: Int64 = 2_000
  /// First and longest pause between two looks at a tree that is to end.
  static let firstCheckMilliseconds: Int64 = 4
  static let longestCheckMilliseconds: Int64 = 256
  /// The pause where all that is left of such trees is out of reach.
  static let stuckMilliseconds: Int64 = 2_000
}
