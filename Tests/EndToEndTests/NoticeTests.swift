import Glibc
import TestSupport
import Testing

/// What bgsh says of its tasks before a prompt: once, to whom it belongs, and without harm.
struct NoticeTests {
  /// The text with the time that a task took, which is never the same, as `T`.
  private func untimed(_ text: String) -> String {
    text.replacing(#/after [0-9.hms]+:/#, with: "after T:")
  }

  @Test func `a line that is half typed stays as it is, and the notice stands before the next prompt`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("read <gate &bg")
    try shell.terminal.send("echo half")
    try shell.terminal.expectScreen("what was typed") { $0.lines.last == "ready> echo half" }
    let before = shell.terminal.screen.lines
    try gate.open()
    try scratch.waitForEnd()
    #expect(shell.terminal.screen.lines == before)
    try shell.terminal.send(" typed")
    try shell.terminal.expectScreen("the rest of it") { $0.lines.last == "ready> echo half typed" }
    #expect(shell.terminal.screen.lines.count == before.count)
    try shell.terminal.send(.enter)
    try shell.terminal.expect("echo half typed\n")
    #expect(untimed(try shell.terminal.expect(shell.prompt)) == "half typed\n[@1] ✔ done after T: read <gate\n")
    #expect(try shell.turn("") == "")
  }

  @Test(
    arguments: [
      (0, ""), (3, "  1\n  2\n  3\n"), (5, "  1\n  2\n  3\n  4\n  5\n"),
      (20, "  17\n  18\n  19\n  20\n  … 20 lines: output @1\n"),
    ] as [(Int, String)])
  func `a failure is told with the end of its output`(count: Int, shown: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    let list = "{ seq \(count); read <gate; exit 3; }"
    try shell.turn("\(list) &bg --name it")
    try gate.open()
    try scratch.waitForEnd()
    #expect(untimed(try shell.turn("")) == "[@1 it] ✘ failed (exit 3) after T: \(list)\n\(shown)")
    #expect(try shell.turn("") == "")
  }

  @Test func `neither the output of a task nor its command drives the terminal`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    // Of the two escape characters in the command one is spelled, the other typed, behind Ctrl-V.
    try shell.terminal.send(#"{ printf '\e[36mred\e]0;title\a'; read <gate; exit 3; : '"#)
    try shell.terminal.send(.control("v"))
    try shell.terminal.send(.escape)
    try shell.terminal.sendLine("]0;other' ; } &bg")
    try shell.terminal.expect("[@1] started: ")
    try shell.terminal.expect(shell.prompt)
    try gate.open()
    let record = try scratch.waitForEnd()
    #expect(record["command"].text?.contains("\u{1B}]0;other") == true)
    #expect(try scratch.output() == "\u{1B}[36mred\u{1B}]0;title\u{7}")
    let shown = try shell.turn("")
    #expect(shown.hasPrefix("[@1] ✘ failed (exit 3) after "))
    #expect(shown.contains("^[]0;other"))
    #expect(shown.hasSuffix("\n  red\n"))
    let written = String(decoding: shell.terminal.bytes, as: UTF8.self)
    #expect(!written.contains("\u{1B}[36m"))
    #expect(!written.contains("\u{1B}]0;"))
    let notice = try #require(written.firstRange(of: "[@1] \u{1B}[31m✘ failed (exit 3)\u{1B}[0m after "))
    let text = written[notice.upperBound...]
    let end = try #require(text.firstRange(of: "  red"))
    #expect(!text[..<end.upperBound].unicodeScalars.contains("\u{1B}"))
    #expect(!text[..<end.upperBound].unicodeScalars.contains("\u{7}"))
    #expect(!shell.terminal.systemCommands.contains { $0.contains("title") || $0.contains("other") })
  }

  @Test func `wait tells of the end itself, and it is not told again`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; echo why; exit 3; } &bg")
    try gate.open()
    #expect(
      untimed(try shell.turn("wait @1"))
        == "[@1] ✘ failed (exit 3) after T: { read <gate; echo why; exit 3; }\n  why\n")
    #expect(try shell.turn("") == "")
    #expect(try shell.turn("notifications --peek") == "")
  }

  @Test func `who has read the whole output is not told of the end`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; seq 3; exit 3; } &bg")
    try gate.open()
    try scratch.waitForEnd()
    #expect(try shell.turn("output @1") == "1\n2\n3\n")
    #expect(try shell.turn("") == "")
  }

  @Test func `who has read a part of the output is told of the end`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; seq 3; } &bg")
    try gate.open()
    try scratch.waitForEnd()
    #expect(untimed(try shell.turn("output -n 1 @1")) == "3\n[@1] ✔ done after T: { read <gate; seq 3; }\n")
    #expect(try shell.turn("") == "")
  }

  @Test func `another session says nothing of it, even one that starts afterwards`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let first = try ShellSession(in: scratch)
    let second = try ShellSession(in: scratch)
    try first.turn("{ read <gate; exit 3; } &bg")
    try gate.open()
    try scratch.waitForEnd()
    #expect(try second.turn("") == "")
    let third = try ShellSession(in: scratch)
    #expect(third.terminal.text == third.prompt)
    #expect(try third.turn("wait @1; output @1") == "(no output)\n")
    #expect(try first.turn("").hasPrefix("[@1] ✘ failed (exit 3) after "))
  }

  enum Departure: CaseIterable {
    case killed
    case exited
    case hungUp
  }

  @Test(arguments: Departure.allCases)
  func `what a session left unshown is shown by the next one, once`(departure: Departure) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let first = try ShellSession(in: scratch)
    try first.turn("{ read <gate; echo why; exit 3; } &bg")
    switch departure {
    case .killed:
      try first.terminal.signalProgram(SIGKILL)
      #expect(try first.terminal.waitForExit() == .killed(signal: SIGKILL))
    case .exited: #expect(try first.exit() == .success)
    case .hungUp:
      first.terminal.hangUp()
      _ = try first.terminal.waitForExit()
    }
    #expect(try scratch.record(1)["state"] == "running")
    try gate.open()
    try scratch.waitForEnd()
    try waitUntil("its supervisor has gone") {
      !scratch.survivors.contains { $0.commandLine.hasPrefix("bgsh-supervisor") }
    }
    let second = try ShellSession(in: scratch)
    #expect(
      untimed(second.terminal.text) == """
        While you were away:
        [@1] ✘ failed (exit 3) after T: { read <gate; echo why; exit 3; }
          why
        \(second.prompt)
        """)
    #expect(try second.turn("") == "")
    let third = try ShellSession(in: scratch)
    #expect(third.terminal.text == third.prompt)
  }

  @Test func `a quiet task is only told of when it fails`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("read <gate &bg --quiet")
    try gate.open()
    try scratch.waitForEnd()
    #expect(try shell.turn("") == "")
    try shell.turn("{ read <gate; exit 4; } &bg --quiet")
    try gate.open()
    try scratch.waitForEnd(of: 2)
    #expect(untimed(try shell.turn("")) == "[@2] ✘ failed (exit 4) after T: { read <gate; exit 4; }\n")
    #expect(try shell.turn("") == "")
  }

  @Test(arguments: [[], ["--notify", "off"]])
  func `notifications can be switched off`(options: [String]) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, arguments: options)
    if options.isEmpty { #expect(try shell.turn("BGSH_NOTIFY=off") == "") }
    #expect(try shell.turn("{ read <gate; exit 3; } &bg") == "")
    try gate.open()
    try scratch.waitForEnd()
    #expect(try shell.turn("") == "")
    #expect(try shell.turn("wait @1; echo $?") == "3\n")
  }

  @Test func `many at once are folded, failures first`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    // The line itself keeps the prompt away until all have ended.
    try shell.begin("for i in {1..15}; do true &bg; done; (exit 3) &bg read <gate")
    for id in 1...16 { try scratch.waitForEnd(of: Int64(id)) }
    try gate.open()
    let lines = untimed(try shell.terminal.expect(shell.prompt)).split(separator: "\n")
    #expect(lines.prefix(16).allSatisfy { $0.contains("] started: ") })
    let notices = lines.dropFirst(16)
    #expect(notices.count == 12)
    #expect(notices.first == "[@16] ✘ failed (exit 3) after T: (exit 3)")
    #expect(notices.dropFirst().prefix(10).allSatisfy { $0.hasSuffix("] ✔ done after T: true") })
    #expect(notices.last == "and 5 more done")
    #expect(try shell.turn("") == "")
  }

  @Test func `the prompt can count the tasks that run`() throws {
    let scratch = try ScratchState()
    let gates = [try Gate(in: scratch, "one"), try Gate(in: scratch, "two")]
    let shell = try ShellSession(in: scratch, startupFile: "PS1='$BGSH_RUNNING ready> '")
    #expect(try shell.turn("") == "0 ")
    #expect(try shell.turn("read <one &bg").hasSuffix("\n1 "))
    #expect(try shell.turn("read <two &bg").hasSuffix("\n2 "))
    for (index, gate) in gates.enumerated() {
      try gate.open()
      try scratch.waitForEnd(of: Int64(index + 1))
      #expect(try shell.turn("").hasSuffix("\n\(1 - index) "))
    }
    #expect(try shell.turn("") == "0 ")
  }

  /// Types a line that launches a task in a session of its own, and returns its number.
  private func launch(_ line: String, in shell: ShellSession) throws -> Int64 {
    let told = try shell.turn(line)
    let match = try #require(told.firstMatch(of: #/^\[@([0-9]+)\] started: /#), "\(told)")
    return Int64(match.1) ?? 0
  }

  @Test func `of a script that ran in a session, that session tells`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let other = try ShellSession(in: scratch)
    let shell = try ShellSession(in: scratch)
    try scratch.write("'\(BuiltProducts.bgsh)' -c 'read <gate &bg'", to: "script")
    for line in ["'\(BuiltProducts.bgsh)' -c 'read <gate &bg'", "'\(BuiltProducts.bgsh)' script"] {
      let id = try launch(line, in: shell)
      try gate.open()
      try scratch.waitForEnd(of: id)
      #expect(try other.turn("") == "")
      #expect(untimed(try shell.turn("")) == "[@\(id)] ✔ done after T: read <gate\n")
      #expect(try shell.turn("") == "")
    }
    #expect(try shell.turn("'\(BuiltProducts.bgsh)' --notify off -c 'read <gate &bg'") == "")
    try gate.open()
    try waitUntil("it has ended") { try scratch.records().allSatisfy { $0["state"] == "exited" } }
    #expect(try shell.turn("") == "")
  }

  @Test func `wait takes the notice of a script's task, too`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    let id = try launch("'\(BuiltProducts.bgsh)' -c '{ read <gate; exit 3; } &bg'", in: shell)
    try gate.open()
    #expect(
      untimed(try shell.turn("wait @\(id); echo $?"))
        == "[@\(id)] ✘ failed (exit 3) after T: { read <gate; exit 3; }\n3\n")
    #expect(try shell.turn("") == "")
  }

  @Test func `a bgsh that takes the place of a session's bash tells of that session's tasks`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let other = try ShellSession(in: scratch)
    let shell = try ShellSession(in: scratch)
    let id = try launch("{ read <gate; exit 3; } &bg", in: shell)
    #expect(try shell.turn("exec '\(BuiltProducts.bgsh)'") == "")
    try gate.open()
    try scratch.waitForEnd(of: id)
    #expect(try other.turn("") == "")
    #expect(untimed(try shell.turn("")) == "[@\(id)] ✘ failed (exit 3) after T: { read <gate; exit 3; }\n")
    #expect(try shell.turn("") == "")
  }

  @Test func `of a session that has ended, one that is open tells, once`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shells = [try ShellSession(in: scratch), try ShellSession(in: scratch), try ShellSession(in: scratch)]
    let id = try launch("{ read <gate; exit 3; } &bg", in: shells[0])
    #expect(try shells[0].exit() == .success)
    #expect(try shells[1].turn("") == "")
    try gate.open()
    try scratch.waitForEnd(of: id)
    #expect(
      untimed(try shells[1].turn("")) == """
        From a session that has ended:
        [@\(id)] ✘ failed (exit 3) after T: { read <gate; exit 3; }

        """)
    for shell in shells[1...] { #expect(try shell.turn("") == "") }
  }

  @Test func `what scripts left unshown is told at the next start`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    for options in [[], ["--notify", "off"]] {
      _ = try Command(
        BuiltProducts.bgsh, options + ["-c", "{ read <gate; exit 3; } &bg"], environment: scratch.environment,
        directory: scratch.path
      ).run()
      try gate.open()
    }
    try waitUntil("the supervisors have gone") { scratch.survivors.isEmpty }
    let shell = try ShellSession(in: scratch)
    #expect(
      untimed(shell.terminal.text)
        == "While you were away:\n[@1] ✘ failed (exit 3) after T: { read <gate; exit 3; }\n\(shell.prompt)")
    #expect(try shell.turn("") == "")
  }
}
