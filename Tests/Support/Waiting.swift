import Glibc

/// How long a test waits for something that has to happen. Generous, since it is only spent when a test fails: a
/// machine may be busy with much else.
package let patience = Duration.seconds(90)

/// A moment on the monotonic clock after which waiting is pointless.
package struct Deadline {
  private let end: ContinuousClock.Instant

  package init(after duration: Duration) {
    end = .now + duration
  }

  package var hasPassed: Bool { end <= .now }

  /// What is left, rounded up, for `poll`.
  var milliseconds: Int32 {
    let (seconds, attoseconds) = ContinuousClock.Instant.now.duration(to: end).components
    return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
  }
}

/// Waits for a condition that has no descriptor to poll, such as a file's appearance.
///
/// Looks every few milliseconds at first, then less often, since a look may cost much and others need the processor.
package func waitUntil(
  _ what: String, within limit: Duration = patience, _ condition: () throws -> Bool
) throws {
  let deadline = Deadline(after: limit)
  var pause: Int32 = 5
  while try !condition() {
    guard !deadline.hasPassed else { throw HarnessFailure("waited \(limit) in vain: \(what)") }
    poll(nil, 0, pause)
    pause = min(pause + pause / 4, 100)
  }
}
