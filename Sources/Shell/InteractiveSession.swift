import BashEngine
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// A shell that somebody lives in: bash on a terminal, with this process looking on.
final class InteractiveSession {
  private let terminal: Terminal
  private let loop: EventLoop
  private let signals: SignalDescriptor
  private let start: SessionStart
  private let interpreter: Interpreter
  private let notifier: Notifier?
  private let desk: ShellDesk
  private let initialModes: Terminal.Modes?
  private var hasHungUp = false
  private var hasLostSupervisor = false
  private var isFirstTurn = true

  init(terminal: Terminal, start: SessionStart) throws {
    self.terminal = terminal
    self.start = start
    Self.becomeForeground(terminal)
    for signal in [Signal.terminalStop, .pipe, .quit, .terminate] { signal.ignore() }
    initialModes = terminal.modes
    loop = try EventLoop()
    signals = try SignalDescriptor([.hangUp, .childChanged, .continue])
    ChildProcess.becomeSubreaper()
    let listener = try ShellListener(loop: loop, name: start.socketName)
    interpreter = try Interpreter(loop: loop, channels: try start.launch())
    notifier = start.makeNotifier()
    desk = ShellDesk(listener: listener, interpreter: interpreter, notifier: notifier)
    try loop.watch(signals.descriptor) { [unowned self] _ in handleSignals() }
    desk.turnBegins = { [unowned self] in beginTurn() }
    interpreter.replaceSupervisor = { [unowned interpreter] in
      start.replaceSupervisor(bashProcessID: interpreter.processID)
    }
    interpreter.supervisorLost = { [unowned self] in
      hasLostSupervisor = true
      start.closeLaunches()
    }
    interpreter.shellStopped = { [unowned self] in stopWithShell() }
  }

  /// Waits for its turn like any job of the shell that it was started from, and takes a group of its own.
  private static func becomeForeground(_ terminal: Terminal) {
    var patience = 16
    while let group = terminal.foregroundGroupID, group != getpgrp(), patience > 0 {
      // An orphaned group is not stopped, and nobody will ever make it the foreground.
      patience -= 1
      Signal.terminalInput.restoreDefault()
      kill(0, SIGTTIN)
    }
    for signal in [Signal.terminalInput, .terminalOutput] { signal.ignore() }
    if getpgrp() != getpid(), setpgid(0, 0) == 0 { try? terminal.giveForeground(toGroup: getpid()) }
  }

  /// Looks on until bash has ended, says what goes on, and gives back the terminal as it was; returns how bash ended.
  func run() -> WaitStatus {
    let status = interpreter.awaitShellEnd() ?? .exited(code: 1)
    try? terminal.giveForeground(toGroup: getpgrp())
    if case .signaled = status, !hasHungUp, let initialModes { terminal.restore(initialModes) }
    if !hasHungUp, let running = notifier?.runningTasks, running > 0 {
      // What a killed supervisor has left is this process's to reap, as long as there is one.
      let outlook =
        interpreter.hasAdopted
        ? "the supervisor was killed, so nobody will know with which status" : "'bgsh jobs -a' shows them"
      Diagnostic.say("\(running) \(running == 1 ? "task goes" : "tasks go") on running; \(outlook)")
    }
    return status
  }

  private func beginTurn() {
    if hasLostSupervisor {
      hasLostSupervisor = false
      Diagnostic.say("\(SupervisorError.gone)")
    }
    guard isFirstTurn else { return }
    isFirstTurn = false
    if desk.notifies { notifier?.deliverLeftBehind() }
  }

  /// Bash has stopped itself: this process stops too, unless it leads the session and nobody would see that.
  private func stopWithShell() {
    guard getsid(0) != getpid() else { return }
    let modes = terminal.modes
    kill(0, SIGSTOP)
    Self.becomeForeground(terminal)
    if let modes { terminal.restore(modes) }
    try? terminal.giveForeground(toGroup: interpreter.processID)
    kill(interpreter.processID, SIGCONT)
  }

  private func handleSignals() {
    while let signal = signals.next() {
      if signal == .childChanged { interpreter.reapChildren() }
      if signal == .hangUp { hangUp() }
      if signal == .continue { kill(interpreter.processID, SIGCONT) }
    }
  }

  /// The terminal has closed: bash is told, and does what it does then.
  private func hangUp() {
    hasHungUp = true
    kill(interpreter.processID, SIGHUP)
    kill(interpreter.processID, SIGCONT)
  }
}
