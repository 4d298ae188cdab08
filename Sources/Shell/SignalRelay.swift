import Connections
import Glibc
import ProcessControl

/// Hands the signals that reach bgsh on to its bash, for which everybody takes it who knows no other process.
struct SignalRelay {
  private let signals: SignalDescriptor
  /// Whether bash is in this process's group, and gets what the whole group gets.
  private let sharesGroup: Bool

  /// - Parameter exceptions: Signals that mean something to this process alone, and are left as they are.
  init(sharesGroup: Bool, except exceptions: [Signal] = []) throws {
    self.sharesGroup = sharesGroup
    Signal.passFailures(to: .expected)
    signals = try SignalDescriptor([.childChanged] + Signal.allOfOthers.filter { !exceptions.contains($0) })
  }

  /// Calls `handle` whenever signals may have arrived.
  func watch(in loop: EventLoop, _ handle: @escaping () -> Void) throws {
    try loop.watch(signals.descriptor) { _ in handle() }
  }

  /// What has arrived since the last time.
  struct Arrivals {
    var forBash: [Signal] = []
    var hasChildChanged = false
  }

  func take() -> Arrivals {
    var arrivals = Arrivals()
    while let arrival = signals.nextArrival() {
      if arrival.signal == .childChanged {
        arrivals.hasChildChanged = true
      } else if isForBash(arrival) {
        arrivals.forBash.append(arrival.signal)
      }
    }
    return arrivals
  }

  private func isForBash(_ arrival: SignalDescriptor.Arrival) -> Bool {
    // What comes of this process's own writing is no business of bash's.
    if let sender = arrival.senderID { return sender != getpid() }
    switch arrival.signal {
    // A timer that was set before this program began.
    case .alarm, .virtualAlarm, .profiling: return true
    // The terminal has closed, which its session's leader is told alone.
    case .hangUp, .continue: return !sharesGroup || getsid(0) == getpid()
    // What else the kernel sends by itself is for a whole group, or about this process.
    default: return false
    }
  }
}
