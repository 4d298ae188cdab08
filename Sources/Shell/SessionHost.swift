import BashEngine
import Connections
import ProcessControl
import SupervisorProtocol

/// The part that both kinds of session share: it starts the supervisor and bash, answers bash's questions, hands signals on
/// and waits for bash's end.
final class SessionHost {
  let interpreter: Interpreter
  let responder: ShellResponder
  /// nil where nothing is to be told, or there is no state directory.
  let notifier: Notifier?
  private let loop: EventLoop
  private let signals: SignalRelay

  /// Called when there is no supervisor any more, nor will be, although bash is still there. It is told why.
  var supervisorLost: (SupervisorError) -> Void = { _ in }
  /// Called when bash has been stopped by a signal, or by itself.
  var shellStopped: (Signal) -> Void = { _ in }
  /// Called with each signal that has been handed on to bash.
  var signalHandedOn: (Signal) -> Void = { _ in }

  /// - Parameters:
  ///   - source: What bash reads by itself; nil where somebody types, or bash is interactive without a terminal.
  ///   - sharesGroup: Whether bash is in this process's group.
  ///   - exceptions: Signals that mean something to this process alone.
  ///   - tells: Whether the user is told what happens to tasks.
  init(
    start: SessionStart, source: BashSource?, sharesGroup: Bool, except exceptions: [Signal] = [], tells: Bool
  ) throws {
    loop = try EventLoop()
    signals = try SignalRelay(sharesGroup: sharesGroup, except: exceptions)
    ChildProcess.becomeSubreaper()
    let listener = try ShellListener(loop: loop, name: start.socketName)
    interpreter = try Interpreter(loop: loop, channels: try start.launch(source))
    Signal.passFailures(to: .process(interpreter.processID))
    notifier = tells ? start.makeNotifier() : nil
    responder = ShellResponder(listener: listener, interpreter: interpreter, notifier: notifier)
    interpreter.replaceSupervisor = { [unowned interpreter] in
      start.replaceSupervisor(bashProcessID: interpreter.processID)
    }
    interpreter.note = start.note
    interpreter.supervisorLost = { [unowned self] reason in
      start.closeLaunches()
      supervisorLost(reason)
    }
    interpreter.shellStopped = { [unowned self] signal in shellStopped(signal) }
    try signals.watch(in: loop) { [unowned self] in handOn() }
  }

  /// Waits until bash has ended, and returns how; nil if nobody can know.
  func awaitShellEnd() -> WaitStatus? {
    let status = interpreter.awaitShellEnd()
    Signal.passFailures(to: .nobody)
    return status
  }

  private func handOn() {
    let arrivals = signals.take()
    for signal in arrivals.forBash {
      interpreter.signal(signal)
      signalHandedOn(signal)
    }
    // After the signals: a stopped bash that was just continued must not stop this process.
    if arrivals.hasChildChanged { interpreter.reapChildren() }
  }
}
