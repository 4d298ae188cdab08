import BashEngine
import CProtocol
import Connections
import Glibc
import ProcessControl
import SupervisorProtocol
import SystemPackage

/// A command string, a script or an input that is no terminal: bash runs it, this process waits for it.
final class SourceSession {
  private let loop: EventLoop
  private let signals: SignalRelay
  private let interpreter: Interpreter
  private let notifier: Notifier?
  private let desk: ShellDesk

  /// - Parameter source: nil for a bash that is interactive without a terminal.
  init(start: SessionStart, source: BashSource?) throws {
    loop = try EventLoop()
    signals = try SignalRelay(sharesGroup: true)
    ChildProcess.becomeSubreaper()
    let listener = try ShellListener(loop: loop, name: start.socketName)
    let channels = try start.launch(source)
    interpreter = try Interpreter(loop: loop, channels: channels)
    // Bash stands where it was started, and this process keeps no directory busy.
    WorkingDirectory.leave()
    Signal.passFailures(to: .process(interpreter.processID))
    notifier = start.arguments.notifies ? start.makeNotifier() : nil
    desk = ShellDesk(listener: listener, interpreter: interpreter, notifier: notifier)
    interpreter.replaceSupervisor = { [unowned interpreter] in
      start.replaceSupervisor(bashProcessID: interpreter.processID)
    }
    interpreter.note = start.note
    interpreter.supervisorLost = { reason in
      start.closeLaunches()
      Diagnostic.say("\(reason)")
    }
    interpreter.shellStopped = { [unowned self] signal in stopWithShell(signal) }
    try signals.watch(in: loop) { [unowned self] in handleSignals() }
  }

  /// Waits until bash has ended, and says what is due then.
  func run() -> WaitStatus {
    let status = interpreter.awaitShellEnd()
    Signal.passFailures(to: .nobody)
    // What has been confirmed is on record when this process has ended.
    interpreter.settle { if desk.mayHaveLaunched { notifier?.openAhead() } }
    for failure in interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    if interpreter.hasNotifications { notifier?.deliver() }
    return status ?? .exited(code: BGSH_STATUS_UNKNOWN)
  }

  private func handleSignals() {
    let arrivals = signals.take()
    for signal in arrivals.forBash { interpreter.signal(signal) }
    if arrivals.hasChildChanged { interpreter.reapChildren() }
  }

  /// Bash has been stopped: whoever waits for this process sees it stop as bash did, and lets both go on.
  private func stopWithShell(_ signal: Signal) {
    // It may have been continued meanwhile, with this process.
    guard interpreter.isShellStopped else { return }
    // Where nobody could let this group go on, Ctrl-Z stops nothing: so the kernel has it, but takes the supervisor for
    // somebody who could.
    if signal == .terminalStop, ProcessGroup.isOrphaned { return ProcessGroup.continueOwn() }
    signal.stopThisProcess()
  }
}
