/// The constants of this module, each with its unit and reason.
enum Limits {
  /// How long a statement waits for another writer.
  static let busyMilliseconds: Int32 = 5_000
  /// At how many pages of log a commit carries it over into the database, which waits for the disk, 100 ms and more on a
  /// busy one: sixteen megabytes, about 300 tasks. Supervisors do it earlier, when they are idle.
  static let checkpointPages: Int32 = 4_000
  /// Of SQLite's page cache, in KiB: the supervisor is to stay below 4 MiB.
  static let pageCacheKiB = 256
  /// How many rows one query asks for by id; SQLite takes 999 parameters and more.
  static let idsPerQuery = 500
  /// A write-ahead log up to this size is left as it is by the last to close the database: reading it costs 0.2 ms, a
  /// write to an empty one waits for the disk.
  static let shortLogBytes = 524_288
}
