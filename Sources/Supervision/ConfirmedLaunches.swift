import Glibc
import ProcessControl
import StateFiles
import SystemPackage

/// The list of what shells have confirmed lately, from the supervisor's side: it makes the list, and empties it now and
/// then.
struct ConfirmedLaunches {
  private let path: String
  /// How many launches the list may hold.
  private var count = 0

  init(_ directory: SessionDirectory) {
    path = directory.launchedPath
    // Made here for its mode. Without it launches go on.
    if let list = try? FileDescriptor.opening(path, O_WRONLY | O_CREAT, mode: 0o600) { try? list.close() }
  }

  /// Notes that one launch more is on record, or has failed; says whether it is time to empty the list.
  mutating func isFull() -> Bool {
    count += 1
    return count >= Patience.confirmedLaunches
  }

  /// How long the list is.
  var bytes: Int64 {
    var information = stat()
    return lstat(path, &information) == 0 ? Int64(information.st_size) : 0
  }

  /// Forgets what stands before an offset. What shells add meanwhile stays.
  mutating func forget(before offset: Int64) {
    count = 0
    guard offset > 0, let list = try? FileDescriptor.opening(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW) else { return }
    defer { try? list.close() }
    // Where that cannot be, it grows on.
    try? list.punchHole(from: 0, to: offset)
  }
}
