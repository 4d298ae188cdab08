/// The constants of this module, each with its unit and reason.
enum Limits {
  /// How long a statement waits for another writer.
  static let busyMilliseconds: Int32 = 5_000
  /// At how many pages of log a commit carries the log over into the database: sixteen megabytes, about 300 tasks. That
  /// waits for the disk, 100 ms and more on a busy one, so supervisors do it earlier, when they are idle.
  static let checkpointPages: Int32 = 4_000
  /// The size of SQLite's page cache, in KiB: the supervisor is to stay below 4 MiB.
  static let pageCacheKiB = 256
  /// How many rows one query asks for by id; SQLite takes 999 parameters and more.
  static let idsPerQuery = 500
  /// The last process to close the database leaves a write-ahead log up to this size as it is: reading it costs 0.2 ms,
  /// and a write to an empty one waits for the disk.
  static let shortLogBytes = 524_288
}
