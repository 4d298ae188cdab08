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

  /// The next pending signal, or nil when there is none left.
  package func next() -> Signal? {
    let number = bgsh_next_signal(descriptor.rawValue)
    return number > 0 ? Signal(rawValue: number) : nil
  }
}
