import Glibc
import TestSupport

/// One shell on its terminal, and the steps of a row done to it.
final class Sitting {
  enum Program {
    case oracle
    /// bgsh, or with `BGSH_COMPARE=bash` in the environment bash once more: then every difference is the row's fault.
    case subject
  }

  static var isBashItself: Bool { getenv("BGSH_COMPARE").map { String(cString: $0) } == "bash" }

  /// What is left when a shell has ended: its status and the files that it and its children wrote.
  struct Remains: Equatable {
    var ending: Ending?
    var history: String?
    /// Those whose names begin with `seen`.
    var files: [String: String] = [:]
    /// How the terminal was set before the shell was told to end.
    var modes: [UInt32] = []

    var text: String {
      let names = files.keys.sorted()
      return
        (["\(ending.map { "\($0)" } ?? "") modes \(modes)", "history: \(history ?? "none")"]
        + names.map { "\($0): \(files[$0, default: ""])" }).joined(separator: "\n")
    }
  }

  private let row: Row
  private let scratch: ScratchState
  /// How long a difference may last before it is one.
  private let grace: Duration
  private let terminal: PseudoTerminal
  private var moment: PseudoTerminal.Moment

  init(of row: Row, program: Program, in scratch: ScratchState, grace: Duration) throws {
    self.row = row
    self.grace = grace
    self.scratch = scratch
    try row.setup.apply(to: scratch)
    var command = Command(
      "env", ["bash"] + row.setup.options, environment: scratch.environment, directory: scratch.path)
    if program == .subject {
      if !Sitting.isBashItself { command = Command(BuiltProducts.bgsh, row.setup.options, directory: scratch.path) }
    }
    command.environment = scratch.environment.merging(row.setup.environment) { $1 }
    terminal = try PseudoTerminal(command, rows: row.setup.rows, columns: row.setup.columns)
    moment = terminal.now
  }

  /// Does every step; calls `look` after the start (with no step) and after each one, until that returns false.
  func run(_ look: (Step?, Sitting) throws -> Bool) throws -> Remains {
    if let sign = row.setup.firstSight {
      try terminal.expectScreen("'\(sign)'") { $0.text.contains(sign) }
    } else {
      // Readline takes the terminal.
      try terminal.waitUntil("the first prompt") { try !terminal.isCanonical || terminal.ending() != nil }
    }
    guard try look(nil, self) else { return Remains() }
    for step in row.steps {
      moment = terminal.now
      // What would be typed into a terminal without a shell says nothing about shells.
      if try terminal.ending() == nil || step.isAboutFiles { try perform(step) }
      guard try look(step, self) else { return Remains() }
    }
    let modes = try terminal.ending() == nil ? terminal.modeFlags : []
    for _ in 1...3 where try terminal.ending() == nil {
      moment = terminal.now
      try terminal.sendLine("exit")
      guard try look("exit", self) else { return Remains() }
    }
    let isStuck = try terminal.ending() == nil
    if isStuck { try terminal.signalProgram(SIGKILL) }
    var remains = try remains(modes: modes)
    // bgsh's bash outlives such a bgsh for a moment, and writes the file as after a hang-up.
    if isStuck { remains.history = nil }
    return remains
  }

  private func perform(_ step: Step) throws {
    switch step {
    case .line(let line): try terminal.sendLine(line)
    case .text(let text): try terminal.send(text)
    case .busy(let line, let sign):
      try terminal.sendLine(line)
      try terminal.expectScreen("'\(sign)' on a line") { $0.lines.contains(sign) }
    case .keys(let keys): for key in keys { try terminal.send(key) }
    case .resize(let rows, let columns): try terminal.resize(rows: rows, columns: columns)
    case .open(let gate): try Gate.open("\(scratch.path)/\(gate)")
    case .signal(let signal): try terminal.signalProgram(signal)
    case .hangUp:
      terminal.hangUp()
      _ = try terminal.waitForExit()
    case .see(let text): try terminal.expectScreen("'\(text)'") { $0.text.contains(text) }
    case .end: _ = try terminal.waitForExit()
    case .file(let name):
      try terminal.waitUntil("the file '\(name)'") { (try? FileTree.read("\(scratch.path)/\(name)"))?.isEmpty == false }
    }
  }

  // MARK: Looking

  /// What is seen when everybody on the terminal waits again.
  func settledSight(after step: Step?) throws -> Sight {
    if case .busy = step { return try sight() }
    try terminal.settle(since: moment, silence: step.isPassive ? .zero : .milliseconds(300))
    return try sight()
  }

  /// What is seen once it is as expected, or stays different.
  func sight(after step: Step?, equalTo expected: Sight) throws -> Sight {
    var seen = try settledSight(after: step)
    guard seen != expected else { return seen }
    // What settles late, such as a prompt that a helper process is asked for, still settles equal.
    let deadline = Deadline(after: grace)
    while seen != expected, !deadline.hasPassed {
      moment = terminal.now
      try terminal.settle(since: moment, silence: .milliseconds(20))
      seen = try sight()
    }
    return seen
  }

  private func sight() throws -> Sight {
    let screen = terminal.screen
    return Sight(
      lines: screen.styledLines.map { $0.replacing(terminal.name, with: "THE-TERMINAL") },
      cursor: [screen.cursor.row, screen.cursor.column], isAlternate: screen.isAlternate,
      systemCommands: terminal.systemCommands, ending: try terminal.ending())
  }

  private func remains(modes: [UInt32]) throws -> Remains {
    var remains = Remains(ending: try terminal.waitForExit(), modes: modes)
    remains.history = try? FileTree.text("\(scratch.home)/.bash_history")
    for name in FileTree.names(in: scratch.path) where name.hasPrefix("seen") {
      remains.files[name] = try FileTree.text("\(scratch.path)/\(name)").replacing(terminal.name, with: "THE-TERMINAL")
    }
    return remains
  }
}

extension Step {
  /// Whether the step is about what others do, who may outlive the shell.
  fileprivate var isAboutFiles: Bool {
    if case .file = self { true } else { false }
  }
}

extension Step? {
  /// Whether the step itself has waited for what it is about.
  fileprivate var isPassive: Bool {
    switch self {
    case nil, .see, .end, .file, .hangUp: true
    default: false
    }
  }
}
