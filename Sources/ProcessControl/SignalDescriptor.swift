import CProcess
package import SystemPackage

/// Signals that arrive as readable data instead of interrupting.
///
/// They stay blocked in this process for its lifetime; ``ChildProcess`` starts children with none blocked.
package struct SignalDescriptor: Sendable {
  package let descriptor: FileDescriptor

  /// Blocks the signals and opens the descriptor. The corresponding C function is `signalfd`.
  package init(_ signals: [Signal]) throws(Errno) {
    let numbers = signals.map(\.rawValue)
    let number = try systemCall { bgsh_signal_descriptor(numbers, numbers.count) }
    descriptor = FileDescriptor(rawValue: number)
  }

  /// A signal with where it comes from.
  package struct Arrival: Sendable {
    package let signal: Signal
    /// The process that sent it; nil if the kernel did by itself, for a terminal, a timer or a limit.
    package let senderID: Int32?
  }

  /// The next pending signal with its origin, or nil when there is none left.
  package func nextArrival() -> Arrival? {
    let arrival = bgsh_next_arrival(descriptor.rawValue)
    guard arrival.signal_number > 0 else { return nil }
    return Arrival(
      signal: Signal(rawValue: arrival.signal_number), senderID: arrival.is_from_kernel != 0 ? nil : arrival.sender)
  }

  /// The next pending signal, or nil when there is none left.
  package func next() -> Signal? { nextArrival()?.signal }
}
