import BashEngine
import CProtocol
import ProcessControl
import SupervisorProtocol

/// A command string, a script or an input that is no terminal: bash runs it, and this process waits for it.
final class SourceSession {
  private let host: SessionHost

  /// - Parameter source: nil for a bash that is interactive without a terminal.
  init(start: SessionStart, source: BashSource?) throws {
    host = try SessionHost(start: start, source: source, sharesGroup: true, tells: start.arguments.notifies)
    // Bash stands where it was started, and this process keeps no directory busy.
    WorkingDirectory.leave()
    host.supervisorLost = { reason in Diagnostic.say("\(reason)") }
    host.shellStopped = { [unowned self] signal in stopWithShell(signal) }
  }

  /// Waits until bash has ended, and says what is due then.
  func run() -> WaitStatus {
    let status = host.awaitShellEnd()
    // Every launch that was confirmed is on record when this process ends.
    var due: [[UInt8]]?
    if host.notifier?.tellsForOthers == false { due = host.interpreter.finish() } else { host.interpreter.settle() }
    for failure in host.interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    if host.interpreter.hasNotifications {
      host.notifier?.deliver(due, recordTold: { host.interpreter.recordTold($0) })
    }
    return status ?? .exited(code: BGSH_STATUS_UNKNOWN)
  }

  /// Bash has been stopped. This process stops as bash did, for its parent to see and to continue both.
  private func stopWithShell(_ signal: Signal) {
    // Both may have been continued meanwhile.
    guard host.interpreter.isShellStopped else { return }
    // Ctrl-Z must not stop an orphaned group, which nobody would continue. The kernel does not see that this one is
    // orphaned: it takes the supervisor for somebody who could.
    if signal == .terminalStop, ProcessGroup.isOrphaned { return ProcessGroup.continueOwn() }
    signal.stopThisProcess()
  }
}
