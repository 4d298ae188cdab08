import ProcessControl

@testable import Supervision

/// A clock that stands still until it is set.
final class TestClock {
  private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
  private(set) lazy var timers = Timers { [unowned self] in now }

  /// Lets time pass, and does what is due then.
  func advance(milliseconds: Int64) {
    now = now.advanced(milliseconds: milliseconds)
    timers.run()
  }
}
