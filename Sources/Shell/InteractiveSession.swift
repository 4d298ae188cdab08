import BashEngine
import CProtocol
import Glibc
import ProcessControl
import SupervisorProtocol
import SystemPackage

/// A shell on a terminal: bash runs it, and this process looks on.
final class InteractiveSession {
  private let terminal: Terminal
  private let host: SessionHost
  private let initialModes: Terminal.Modes?
  private var hasHungUp = false
  /// Why there is no supervisor any more, until that has been said.
  private var lostSupervisor: SupervisorError?
  private var isFirstTurn = true
  private let isFirstEver: Bool
  /// The terminal's modes before a prompt, when they were last as programs expect them.
  private var usual: (modes: Terminal.Modes, at: Timestamp)?

  init(terminal: Terminal, start: SessionStart) throws {
    self.terminal = terminal
    isFirstEver = start.isFirstEver
    Self.becomeForeground(terminal)
    initialModes = terminal.modes
    // This process ignores those two, so that it can give the terminal away and take it back.
    host = try SessionHost(
      start: start, source: nil, sharesGroup: false, except: [.terminalInput, .terminalOutput], tells: true)
    host.responder.turnBegins = { [unowned self] in beginTurn() }
    host.supervisorLost = { [unowned self] reason in lostSupervisor = reason }
    host.shellStopped = { [unowned self] _ in stopWithShell() }
    host.signalHandedOn = { [unowned self] signal in if signal == .hangUp { hangUp() } }
  }

  /// Waits until this process is in the foreground, like any job of the shell that started it. Then it takes a group of
  /// its own.
  private static func becomeForeground(_ terminal: Terminal) {
    var patience = 16
    while let group = terminal.foregroundGroupID, group != getpgrp(), patience > 0 {
      // SIGTTIN does not stop an orphaned group, and nobody will ever put it in the foreground.
      patience -= 1
      Signal.terminalInput.restoreDefault()
      kill(0, SIGTTIN)
    }
    for signal in [Signal.terminalInput, .terminalOutput] { signal.ignore() }
    if getpgrp() != getpid(), setpgid(0, 0) == 0 { try? terminal.giveForeground(toGroup: getpid()) }
  }

  /// Waits until bash has ended, says which tasks go on, and restores the terminal. Returns how bash ended.
  func run() -> WaitStatus {
    let status = host.awaitShellEnd() ?? .exited(code: BGSH_STATUS_FAILED)
    try? terminal.giveForeground(toGroup: getpgrp())
    if case .signaled = status, !hasHungUp, let initialModes { terminal.restore(initialModes) }
    if !hasHungUp, let running = host.notifier?.survivingTasks, running > 0 {
      // Tasks of a killed supervisor are children of this process, which is about to end.
      let outlook =
        host.interpreter.hasAdopted
        ? "the supervisor was killed, so nobody will know with which status" : "'bgsh jobs -a' shows them"
      Diagnostic.say("\(running) \(running == 1 ? "task goes" : "tasks go") on running; \(outlook)")
    }
    return status
  }

  private func beginTurn() {
    // A terminal that looks up this process's directory means bash's. And the directory of the start must not stay busy.
    WorkingDirectory.follow(host.interpreter.processID)
    mendTerminal()
    if let reason = lostSupervisor {
      lostSupervisor = nil
      Diagnostic.say("\(reason)")
    }
    guard isFirstTurn else { return }
    isFirstTurn = false
    if isFirstEver { Diagnostic.say("'&bg' behind a command runs it in the background; 'bgsh help' says more") }
    if host.responder.notifies { host.notifier?.deliverLeftBehind() }
  }

  /// A task that had the terminal restores the modes that it found. Those may be the modes in which a line is edited, and
  /// bash would take them for the user's wish.
  private func mendTerminal() {
    guard let modes = terminal.modes else { return }
    if modes.areForLines {
      usual = (modes, .now)
    } else if let usual, host.notifier?.hasTaskOfTerminalEnded(since: usual.at) == true {
      terminal.restore(usual.modes)
    }
  }

  /// Bash has stopped itself. This process stops too, unless it leads the session: nobody would continue it then.
  private func stopWithShell() {
    guard getsid(0) != getpid() else { return }
    let modes = terminal.modes
    kill(0, SIGSTOP)
    Self.becomeForeground(terminal)
    if let modes { terminal.restore(modes) }
    try? terminal.giveForeground(toGroup: host.interpreter.processID)
    host.interpreter.signal(.continue)
  }

  /// The terminal has closed. A stopped bash must go on to act on that.
  private func hangUp() {
    hasHungUp = true
    host.interpreter.signal(.continue)
  }
}
