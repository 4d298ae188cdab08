/// The constants of this module, each with its unit and reason.
package enum Limits {
  /// Time between SIGTERM and SIGKILL unless `--kill-after` says otherwise: contract, section 3.
  package static let killAfterMilliseconds: Int64 = 5_000
  /// The longest duration that can be asked for, a hundred years: sums of such times never overflow.
  package static let longestDurationMilliseconds: Int64 = 36_525 * 86_400_000
  /// What is kept of a task's output unless `--limit` says otherwise: contract, section 3.
  package static let outputLimitBytes: Int64 = 64 << 20
  /// The largest size that can be asked for, 1024T: sums of such sizes never overflow. And how many digits it may have.
  package static let largestSizeBytes: Int64 = 1 << 50
  package static let sizeDigits = 16
  /// How long a statement waits for another writer.
  package static let busyMilliseconds: Int32 = 5_000
  /// At how many pages of log a commit carries it over into the database, which waits for the disk, 100 ms and more on a
  /// busy one: sixteen megabytes, about 300 tasks. Supervisors do it earlier, when they are idle.
  package static let checkpointPages: Int32 = 4_000
  /// Of SQLite's page cache, in KiB: the supervisor is to stay below 4 MiB.
  package static let pageCacheKiB = 256
  /// How many rows one query asks for by id; SQLite takes 999 parameters and more.
  package static let idsPerQuery = 500
  /// The longest name of a task: it stands uncut beside its number.
  package static let nameCharacters = 100
  /// How many columns a message of bgsh's own has at most: more than any of them needs, less than a screen.
  package static let messageColumns = 1_500
  /// How many characters of a command a notice shows.
  package static let commandCharacters = 200
  /// As many notices at once are shown each; more are folded.
  package static let unfoldedNotices = 10
  /// How many failures a folded board shows in full, digest and all.
  package static let unfoldedFailures = 20
  /// How many of the others a folded board still shows.
  package static let unfoldedRest = 3

  /// How much the log of a session holds, twice over, and of how many sessions it is kept.
  static let logBytes = 32_768
  static let keptLogs = 16

  /// How old a directory is, in seconds, that a session has begun to make and will not finish.
  static let startSeconds: Int64 = 60
  /// How many notices of sessions that are over one prompt takes.
  package static let noticesLeftAtOnce = 2_000

  /// A write-ahead log up to this size is left as it is by the last to close the database: reading it costs 0.2 ms, a
  /// write to an empty one waits for the disk.
  static let shortLogBytes = 524_288
}
