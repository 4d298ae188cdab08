/// What bounds the agent interfaces.
package enum Limits {
  /// How much of an output stands in a result, in characters: more costs a model more than it tells.
  package static let outputCharacters = 30_000
  /// From here on a result says how a call ended at its head too: hosts cut long results.
  package static let shortOutputCharacters = 1_500
  /// How much of an output stands in a notification, in lines and in characters.
  package static let notificationLines = 5
  package static let notificationCharacters = 1_500
  /// How much all that is due may take, in characters: hosts keep the first 2,000 of a long result.
  package static let notificationsCharacters = 1_900
  /// As many notifications stand in full before a result; of the others it says how many.
  package static let fullNotifications = 3
  /// How long a foreground call may take, in milliseconds, where it does not say so, and at most.
  package static let foregroundMilliseconds: Int64 = 120_000
  package static let longestForegroundMilliseconds: Int64 = 600_000
  /// How long `Wait` and a blocking `BashOutput` wait, in milliseconds, where they do not say so, and at most.
  package static let waitMilliseconds: Int64 = 30_000
  package static let longestWaitMilliseconds = longestCallMilliseconds
  /// How long a program is kept waiting for a result, in milliseconds: some give up after 45 s, without a word.
  package static let longestCallMilliseconds: Int64 = 44_000
  /// What is answered later than this, in milliseconds, may have been read by nobody.
  package static let lateMilliseconds: Int64 = 45_000
  /// How soon a host is told to ask for a task again, in milliseconds, at first and at last.
  package static let shortestPollMilliseconds: Int64 = 500
  package static let longestPollMilliseconds: Int64 = 5_000
  /// How long the end of a task is left to a host that asks for it, in milliseconds; then it is told as any other.
  package static let polledMilliseconds: Int64 = 15_000
  /// The longest result, in characters: the output and what else may stand with it.
  package static let longestResultCharacters = 50_000
  /// The longest request, in bytes; what is longer is passed over.
  package static let longestRequestBytes = 16 << 20
  /// From how many copies of a command at a time it is advised against.
  static let manyCopies = 5
  /// As much advice is given on one connection.
  static let mostAdvice = 1_000
}
