/// How long the supervisor waits, how often it looks, and for how much at once.
enum Patience {
  /// How often the trees of running tasks are searched for a process that waits for input.
  static let inspectMilliseconds: Int64 = 1_000
  /// After how long the memory that was needed only to begin is given back.
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
  /// How soon after another launch one counts as one of many, and how many ids are offered at most then.
  static let hurryMilliseconds: Int64 = 10
  static let mostOffered = 16
  /// How long a launch that took an id may stay silent and keep the supervisor alive.
  static let registrationMilliseconds: Int64 = 10_000
  /// How long the loop may be held up by another user of the database, and when what failed is tried again.
  static let busyMilliseconds: Int32 = 100
  /// How long the database may be busy until launches are refused; shells wait for twice as long.
  static let longBusyMilliseconds: Int64 = 5_000
  static let retryMilliseconds: Int64 = 500
  /// When processes are looked at again that could not be seen.
  static let lookAgainMilliseconds: Int64 = 50
  /// How long what is to be written waits for memory before another supervisor is to try; bgsh gives them up when they die
  /// more than five times in 10 s.
  static let memoryMilliseconds: Int64 = 2_000
  /// The same where bgsh has gone, and nobody would start another supervisor.
  static let longMemoryMilliseconds: Int64 = 60_000
  /// With less space left on the disk the supervisor keeps the log of the database short. With a quarter of it shells
  /// launch nothing.
  static let scarceBytes: Int64 = 1 << 20
  /// How many launches may stand in the list of those that were confirmed before it is emptied.
  static let confirmedLaunches = 1_000
  /// How soon it is looked whether ids have been taken, where nothing tells.
  static let offerSoonMilliseconds: Int64 = 20
  /// After how long ids are offered again where launches were refused.
  static let offerMilliseconds: Int64 = 2_000
  /// How long an answer to a request to settle may take.
  static let settleMilliseconds: Int64 = 2_000
  /// How many notices a source is told by messages, and how long one may be: it reads the records where there is more.
  static let mostTold = 100
  static let longestToldBytes = 32_768
  /// First and longest pause between two looks at a tree that is to end.
  static let firstCheckMilliseconds: Int64 = 4
  static let longestCheckMilliseconds: Int64 = 256
  /// The pause where all that is left of such trees is out of reach.
  static let stuckMilliseconds: Int64 = 2_000
  /// After how long it is looked again at what a task has left: most of it ends within that.
  static let leftMilliseconds: Int64 = 150
  /// With more tasks at a time nobody looks what each of them leaves: the kernel goes through all of them for that.
  static let mostTasksLookedBehind = 500
}
