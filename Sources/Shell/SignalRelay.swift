import Connections
import Glibc
import ProcessControl

/// The signals that reach bgsh and are meant for its bash. A parent knows only bgsh's process ID.
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
    // Its own writing may bring this process a signal, such as SIGPIPE.
    if let sender = arrival.senderID { return sender != getpid() }
    switch arrival.signal {
    // A timer may have been set before this program began.
    case .alarm, .virtualAlarm, .profiling: return true
    // When a terminal closes, the kernel tells only the leader of its session.
    case .hangUp, .continue: return !sharesGroup || getsid(0) == getpid()
    // The kernel sends all others to a whole group, which bash is in, or about this process alone.
    default: return false
    }
  }
}
