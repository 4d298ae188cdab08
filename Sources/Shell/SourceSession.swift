import BashEngine
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// A command string, a script or an input that is no terminal: bash runs it, this process waits for it.
final class SourceSession {
  private let loop: EventLoop
  private let signals: SignalDescriptor
  private let interpreter: Interpreter
  private let notifier: Notifier?
  private let desk: ShellDesk

  /// - Parameter source: nil for a bash that is interactive without a terminal.
  init(start: SessionStart, source: BashSource?) throws {
    Signal.pipe.ignore()
    loop = try EventLoop()
    signals = try SignalDescriptor([.interrupt, .quit, .hangUp, .terminate, .childChanged])
    ChildProcess.becomeSubreaper()
    let listener = try ShellListener(loop: loop, name: start.socketName)
    let channels = try start.launch(source)
    interpreter = try Interpreter(loop: loop, channels: channels)
    notifier = start.arguments.notifies ? start.makeNotifier() : nil
    desk = ShellDesk(listener: listener, interpreter: interpreter, notifier: notifier)
    interpreter.replaceSupervisor = { [unowned interpreter] in
      start.replaceSupervisor(bashProcessID: interpreter.processID)
    }
    interpreter.supervisorLost = {
      start.closeLaunches()
      Diagnostic.say("\(SupervisorError.gone)")
    }
    try loop.watch(signals.descriptor) { [unowned self] _ in handleSignals() }
  }

  /// Waits until bash has ended, and says what is due then.
  func run() -> WaitStatus {
    let status = interpreter.awaitShellEnd()
    // What has been confirmed is on record when this process has ended.
    interpreter.settle()
    for failure in interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    if interpreter.hasNotifications { notifier?.deliver() }
    return status ?? .exited(code: 125)
  }

  private func handleSignals() {
    while let signal = signals.next() {
      switch signal {
      case .hangUp, .terminate:
        kill(interpreter.processID, signal.rawValue)
      case .childChanged: interpreter.reapChildren()
      // Bash is in this process's group and gets these too: it decides what becomes of the script.
      default: break
      }
    }
  }
}
