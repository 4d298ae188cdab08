import TestSupport
import Testing

/// What notices look like to a person, on screens of several sizes.
struct NoticeScreenTests {
  /// The lines with the time that a task took, which is never the same, as `T`.
  private func untimed(_ lines: [String]) -> [String] {
    lines.map { $0.replacing(#/after [0-9.hms]+:/#, with: "after T:") }
  }

  @Test(arguments: [(24, 80), (50, 200), (24, 40)])
  func `a failure, a success and a kill on a screen`(_ rows: Int, _ columns: Int) throws {
    let scratch = try ScratchState()
    let gates = [try Gate(in: scratch, "gate"), try Gate(in: scratch, "other")]
    let shell = try ShellSession(in: scratch, prompt: "> ", rows: rows, columns: columns)
    try shell.turn("t() { read <gate; echo why; return 3; }")
    try shell.turn("t &bg --name tests")
    try shell.turn("sleep 1000 &bg --name nap")
    let long = "read <other; true \(String(repeating: "x", count: 200)) last"
    try shell.terminal.sendLine("{ \(long); } &bg")
    try shell.terminal.expect("] started: ")
    try shell.terminal.expect("> ")
    try shell.turn("clear")
    for gate in gates { try gate.open() }
    for id in [1, 3] as [Int64] { try scratch.waitForEnd(of: id) }
    try shell.turn("kill @nap")
    try scratch.waitForEnd(of: 2)
    try shell.turn("")
    let lines = untimed(shell.terminal.screen.styledLines)
    // Where both have no room, the time gives way to the command.
    #expect(
      lines.contains("[@1 tests] {31}✘ failed (exit 3){} after T: t")
        || columns == 40 && lines.contains("[@1 tests] {31}✘ failed (exit 3){}: t"))
    #expect(lines.contains("  why"))
    #expect(lines.contains { $0.hasPrefix("{2}[@2 nap] ✘ killed (SIGTERM, by kill) aft") })
    let success = try #require(shell.terminal.screen.lines.first { $0.hasPrefix("[@3] ✔ done after ") })
    // How much of the command there is room for depends on how long it took.
    #expect(success.count <= columns && success.hasSuffix("; }") && success.contains("…"))
  }

  @Test(
    arguments: [
      (["NO_COLOR": "1"], "[@1] ✘ failed (exit 3) after T: (exit 3)"),
      (["TERM": "dumb"], "[@1] failed (exit 3) after T: (exit 3)"),
      (["LC_ALL": "C"], "[@1] {31}x failed (exit 3){} after T: (exit 3)"),
    ] as [([String: String], String)])
  func `colours and marks are left out where they cannot be shown`(
    _ environment: [String: String], _ notice: String
  ) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: environment)
    try shell.turn("(exit 3) &bg")
    try scratch.waitForEnd()
    try shell.turn("")
    #expect(untimed(shell.terminal.screen.styledLines).contains(notice))
  }

  @Test func `a variable of the shell alone says what can be shown`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "NO_COLOR=1")
    try shell.turn("(exit 3) &bg")
    try scratch.waitForEnd()
    try shell.turn("")
    #expect(untimed(shell.terminal.screen.styledLines).contains("[@1] ✘ failed (exit 3) after T: (exit 3)"))
  }

  @Test func `a confirmation is one row, and the name is never cut`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, prompt: "> ", columns: 40)
    try shell.terminal.sendLine(": 日本語日本語日本語日本語日本語日本語 and last &bg --name some-name")
    try shell.terminal.expect("] started: ")
    try shell.terminal.expect("> ")
    let line = try #require(shell.terminal.screen.lines.first { $0.hasPrefix("[@1 some-name] started: : ") })
    #expect(line == "[@1 some-name] started: : 日本語…nd last")
  }

  @Test func `a success that hides a failure says so`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("false | cat &bg")
    try scratch.waitForEnd()
    try shell.turn("")
    #expect(
      untimed(shell.terminal.screen.styledLines.map { $0.replacing(#/after [0-9a-z.]+,/#, with: "after T,") }).contains(
        "[@1] {32}✔ done{} after T, but false exited 1: false | cat"))
  }

  @Test func `what runs on of a session that has gone is told at the start of the next`() throws {
    let scratch = try ScratchState()
    let first = try ShellSession(in: scratch)
    try first.turn("sleep 1234 &bg --name long")
    #expect(try first.exit() == .success)
    let second = try ShellSession(in: scratch)
    #expect(second.terminal.text == "1 task of a closed session runs on: @1 long (jobs -a)\n\(second.prompt)")
    #expect(try second.turn("") == "")
  }
}
