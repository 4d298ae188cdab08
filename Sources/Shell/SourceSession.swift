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
    // What has been confirmed is on record when this process has ended.
    host.interpreter.settle { if host.responder.mayHaveLaunched { host.notifier?.openAhead() } }
    for failure in host.interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    if host.interpreter.hasNotifications { host.notifier?.deliver() }
    return status ?? .exited(code: BGSH_STATUS_UNKNOWN)
  }

  /// Bash has been stopped: whoever waits for this process sees it stop as bash did, and lets both go on.
  private func stopWithShell(_ signal: Signal) {
    // It may have been continued meanwhile, with this process.
    guard host.interpreter.isShellStopped else { return }
    // The kernel lets Ctrl-Z stop no group that nobody could continue. It takes the supervisor for somebody who could.
    if signal == .terminalStop, ProcessGroup.isOrphaned { return ProcessGroup.continueOwn() }
    signal.stopThisProcess()
  }
}
