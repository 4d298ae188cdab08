import BashEngine
import BashSyntax
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// A shell that somebody lives in: turns, one after the other, on a terminal.
final class InteractiveSession {
  private let terminal: Terminal
  private let loop: EventLoop
  private let signals: SignalDescriptor
  private let start: SessionStart
  private let interpreter: Interpreter
  private let editor: LineEditor
  private let notifier: Notifier?
  private let initialModes: Terminal.Modes?
  private var isEditing = false
  private var hasHungUp = false
  private var isMourning = false
  /// Whether the line before was an `exit` that did not end bash, because of its jobs.
  private var hasTriedToExit = false

  /// Starts the session's processes before readline is made ready: bash and it begin side by side.
  init(terminal: Terminal, start: SessionStart) throws {
    self.terminal = terminal
    self.start = start
    Self.becomeForeground(terminal)
    for signal in [Signal.terminalStop, .pipe, .quit, .terminate] { signal.ignore() }
    initialModes = terminal.modes
    loop = try EventLoop()
    signals = try SignalDescriptor([.interrupt, .hangUp, .windowChanged, .childChanged])
    ChildProcess.becomeSubreaper()
    let channels = try start.launch()
    interpreter = try Interpreter(loop: loop, channels: channels)
    editor = LineEditor(loop: loop)
    notifier = start.makeNotifier()
    try loop.watch(signals.descriptor) { [unowned self] _ in handleSignals() }
    interpreter.supervisorLost = { [unowned self] in
      isMourning = true
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

  // MARK: Turns

  /// Reads and runs lines until bash has ended; returns how.
  func run() -> WaitStatus {
    guard interpreter.awaitReadiness(readsGlue: start.isToldOfGlue) else { return end() }
    if interpreter.state.notifies { notifier?.deliverLeftBehind() }
    applyBindings()
    while takeTurn() {}
    return end()
  }

  /// One turn: what is due, the prompt, a line, its run. False when bash has ended.
  private func takeTurn() -> Bool {
    if interpreter.state.hasPromptCommand {
      giveTerminal()
      guard interpreter.runPromptCommand() else { return false }
    }
    interpreter.settle()
    let running = notifier?.runningTasks ?? 0
    guard let prompt = interpreter.primaryPrompt(runningTasks: running) else { return false }
    synchronizeHistory()
    editor.edit(as: interpreter.state.editingMode)
    takeTerminal()
    show(interpreter.takeJobNotices())
    for failure in interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    if isMourning { mourn() }
    if interpreter.state.notifies { notifier?.deliver() }
    var lines: [[UInt8]] = []
    switch readCommand(prompt: prompt, into: &lines) {
    case .line(let line): return run(line, of: lines)
    case .interrupted:
      interpreter.setStatus(128 + SIGINT)
      return true
    case .endOfInput:
      let status = interpreter.state.status
      guard run(Array("__bgsh_end_input".utf8), entry: nil) else { return false }
      interpreter.setStatus(status)
      return true
    case .stopped: return interpreter.end == nil && !hasHungUp
    }
  }

  /// Says once, at a prompt, that no task can be started any more.
  private func mourn() {
    isMourning = false
    Diagnostic.say("\(SupervisorError.gone)")
  }

  /// Runs a command that was read from those lines.
  private func run(_ line: [UInt8], of lines: [[UInt8]]) -> Bool {
    if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { return true }
    return run(line, entry: lines.count > 1 ? HistoryEntry.joining(lines) : line)
  }

  private func run(_ line: [UInt8], entry: [UInt8]?) -> Bool {
    let scan = SyntaxScanner.scan(line)
    let complaints = SourceReview.complaints(about: scan, in: line)
    var source = EditingMode.redirected(Rewriter.rewrite(line, scan))
    if scan.completeness == .unreadable, SourceReview.mentionsOperator(line) {
      // Bash is to say what is wrong with it, and to run none of it: what it runs before it sees that would be wrong.
      source = Array("if false; then :\n".utf8) + line + Array("\nfi".utf8)
    }
    if !complaints.isEmpty {
      for complaint in complaints { Diagnostic.say(complaint) }
      // It is kept in the history, to be mended, and fails as a syntax error does.
      source = Array(":".utf8)
    }
    // Bash leaves its jobs at a second `exit` in a row, but between two lines there are builtins of bgsh's.
    let exits = Self.isExit(line)
    if exits, hasTriedToExit { source += Array(" 2>/dev/null; ".utf8) + source }
    giveTerminal()
    // `fc` takes the newest entry for the command before it, and what `fc -s` runs it would find itself.
    let asksHistory = line.starts(with: "fc ".utf8)
    guard let end = interpreter.evaluate(source, entry: asksHistory ? nil : entry) else { return false }
    if asksHistory, let entry, line.starts(with: "fc -l".utf8) { interpreter.keepHistoryEntry(entry) }
    hasTriedToExit = exits && end.status == 1
    // Bash's own newline behind ^C goes where its prompts go.
    if !end.isWhole, end.status == 128 + SIGINT { show([UInt8(ascii: "\n")]) }
    if !complaints.isEmpty { interpreter.setStatus(2) }
    applyBindings()
    return true
  }

  /// Whether the line is `exit` or `logout`, with a number or without.
  private static func isExit(_ line: [UInt8]) -> Bool {
    let words = line.split(separator: UInt8(ascii: " "))
    guard let command = words.first, words.count <= 2 else { return false }
    guard command.elementsEqual("exit".utf8) || command.elementsEqual("logout".utf8) else { return false }
    return words.dropFirst().allSatisfy { $0.allSatisfy { (48...57).contains($0) } }
  }

  // MARK: Reading

  /// Reads lines until they make a command that is complete.
  private func readCommand(prompt: [UInt8], into lines: inout [[UInt8]]) -> LineEditor.Input {
    var command: [UInt8] = []
    var prompt = prompt
    while true {
      let input = read(prompt: prompt)
      guard case .line(var line) = input else {
        // The end of the input ends what was begun: bash says what is missing.
        return input == .endOfInput && !command.isEmpty ? .line(command) : input
      }
      switch expandHistory(&line) {
      case .run: break
      case .again: return .line([])
      }
      command += lines.isEmpty ? line : [UInt8(ascii: "\n")] + line
      lines.append(line)
      guard SyntaxScanner.scan(command).completeness == .incomplete else { return .line(command) }
      guard let continuation = interpreter.continuationPrompt(runningTasks: notifier?.runningTasks ?? 0)
      else { return .stopped }
      prompt = continuation
    }
  }

  private func read(prompt: [UInt8]) -> LineEditor.Input {
    isEditing = true
    defer { isEditing = false }
    return editor.read(prompt: prompt) { interpreter.end != nil || hasHungUp }
  }

  private enum AfterExpansion {
    case run
    case again
  }

  private func expandHistory(_ line: inout [UInt8]) -> AfterExpansion {
    guard interpreter.state.expandsHistory else { return .run }
    switch editor.expandHistory(in: line) {
    case .unchanged: return .run
    case .expanded(let expanded):
      line = expanded
      show(expanded + [UInt8(ascii: "\n")])
      return .run
    case .shownOnly(let expanded):
      show(expanded + [UInt8(ascii: "\n")])
      return .again
    case .failed(let reason):
      FileDescriptor.standardError.show("bash: \(reason)\n")
      return .again
    }
  }

  private func synchronizeHistory() {
    // Where a line switched the history on, or was broken off, bash has kept what came after it too; and what came first.
    let newest = LineEditor.entries(in: interpreter.state.newestHistoryEntry).last?.text ?? []
    if ["__bgsh_", "{ __bgsh_", String(decoding: Glue.call, as: UTF8.self)].contains(where: {
      newest.starts(with: $0.utf8)
    }) {
      interpreter.forgetNewestHistoryEntry()
    }
    editor.synchronizeHistory(newest: interpreter.state.newestHistoryEntry, whole: interpreter.history)
  }

  private func applyBindings() {
    for line in start.takeBindings() { editor.bind(line) }
  }

  private func show(_ bytes: [UInt8]) {
    try? FileDescriptor.standardError.writeWhole(bytes)
  }

  // MARK: The terminal

  private func giveTerminal() {
    try? terminal.giveForeground(toGroup: interpreter.processID)
  }

  private func takeTerminal() {
    try? terminal.giveForeground(toGroup: getpgrp())
  }

  /// Bash has stopped itself: this process stops too, unless nobody could ever let it go on.
  private func stopWithShell() {
    guard getsid(0) != getpid() else {
      kill(interpreter.processID, SIGCONT)
      return
    }
    let modes = terminal.modes
    kill(0, SIGSTOP)
    Self.becomeForeground(terminal)
    if let modes { terminal.restore(modes) }
    giveTerminal()
    kill(interpreter.processID, SIGCONT)
  }

  private func handleSignals() {
    while let signal = signals.next() {
      switch signal {
      case .interrupt: if isEditing { editor.interrupt() }
      case .windowChanged: editor.resize()
      case .hangUp: hangUp()
      case .childChanged: interpreter.reapChildren()
      default: break
      }
    }
  }

  /// The terminal has closed: bash is told.
  private func hangUp() {
    guard !hasHungUp else { return }
    hasHungUp = true
    interpreter.hangUp()
  }

  /// Says what goes on, and gives back the terminal as it was.
  private func end() -> WaitStatus {
    let status = interpreter.awaitShellEnd() ?? .exited(code: 1)
    takeTerminal()
    if case .signaled(let signal) = status, !hasHungUp {
      if let initialModes { terminal.restore(initialModes) }
      Diagnostic.say("bash was ended by SIG\(signal.name)")
    }
    if hasHungUp { return .signaled(.hangUp) }
    if let running = notifier?.runningTasks, running > 0 {
      Diagnostic.say("\(running) \(running == 1 ? "task goes" : "tasks go") on running; 'bgsh jobs -a' shows them")
    }
    return status
  }
}
