package import ProcessControl

/// How a process ended: what of a ``WaitStatus`` is final.
package enum ProcessEnd: Hashable, Sendable {
  case exited(code: Int32)
  case killed(Signal)

  /// Nil for a process that has only stopped or continued.
  package init?(_ status: WaitStatus) {
    switch status {
    case .exited(let code): self = .exited(code: code)
    case .signaled(let signal): self = .killed(signal)
    case .stopped, .continued: return nil
    }
  }
}
