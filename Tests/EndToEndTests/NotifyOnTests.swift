import TestSupport
import Testing

/// `--notify-on`: told once, as soon as a line of the output matches.
struct NotifyOnTests {
  private let scratch: ScratchState

  init() throws { scratch = try ScratchState() }

  private func waitForMatch(of id: Int64 = 1) throws -> String {
    try waitUntil("a line has matched") { try scratch.record(id)["matched_line"] != .null }
    return try scratch.record(id)["matched_line"].text ?? ""
  }

  @Test func `a line that matches is told before the next prompt, once, and the task goes on`() throws {
    let shell = try ShellSession(in: scratch)
    let gate = try Gate(in: scratch)
    try shell.turn(
      "{ read <gate; echo listening on 8080; echo listening on 9; sleep 1000; } &bg --notify-on 'listening on [0-9]+'")
    try gate.open()
    #expect(try waitForMatch() == "listening on 8080")
    let told = try shell.turn("echo next")
    #expect(told.contains("matched after "))
    #expect(told.contains(": listening on 8080"))
    #expect(try !shell.turn("echo again").contains("matched"))
    let record = try scratch.record(1)
    #expect(record["state"] == "running")
    #expect(record["notify_on"] == "listening on [0-9]+")
    let history = try JSON(parsing: try scratch.bgsh("notifications", "--history", "--json").standardOutput)
    #expect(history.elements.map { $0["event"].text } == ["matched"])
  }

  @Test(arguments: [
    // The last line, without an end; what comes in pieces; lines over the bounds of what is read at once.
    ("printf 'ready> '; sleep 1000", "ready", "ready> "),
    ("printf 'rea'; printf 'dy\\r\\n'; sleep 1000", "^ready", "ready"),
    ("yes | head -c 131070; echo; echo 'it is ready'; sleep 1000", "is ready$", "it is ready"),
    ("head -c 65530 /dev/zero | tr '\\0' x; echo; echo ready; sleep 1000", "^ready$", "ready"),
    ("head -c 3000000 /dev/urandom; echo; echo 'so ready'; sleep 1000", "^so ready$", "so ready"),
    ("echo error: ready >&2; sleep 1000", "ready", "error: ready"),
  ])
  func `a line matches wherever it stands`(list: String, pattern: String, line: String) throws {
    _ = try scratch.bgsh("-c", "{ \(list); } &bg --split --notify-on '\(pattern)'")
    #expect(try waitForMatch() == line)
  }

  @Test func `of a long line the beginning is told`() throws {
    _ = try scratch.bgsh(
      "-c", "{ printf 'ready '; head -c 100000 /dev/zero | tr '\\0' x; echo; sleep 1000; } &bg --notify-on ready")
    #expect(try waitForMatch().utf8.count == 500)
  }

  @Test func `a task that ends before is told of by its end alone`() throws {
    let outcome = try scratch.bgsh("-c", "echo nothing &bg --notify-on ready\nwait")
    #expect(!outcome.standardError.contains("matched"))
    #expect(try scratch.record(1)["matched_line"] == .null)
  }

  @Test func `what a task writes last counts, and is told before its end`() throws {
    _ = try scratch.bgsh("-c", "printf ready &bg --notify-on ready")
    try scratch.waitForEnd()
    let told = try scratch.bgsh("notifications", "--history").standardOutput.split(separator: "\n")
    #expect(told.count == 2)
    #expect(told.first?.contains("matched") == true)
    #expect(told.last?.contains("done") == true)
  }

  @Test func `another supervisor goes on looking`() throws {
    let shell = try ShellSession(in: scratch)
    let gate = try Gate(in: scratch)
    try shell.turn("{ read <gate; echo ready; sleep 1000; } &bg --notify-on ready")
    try scratch.waitForRecord(of: 1)
    try SessionProcesses(in: scratch).kill(.supervisor)
    try gate.open()
    #expect(try waitForMatch() == "ready")
    #expect(try shell.turn("echo next").contains("matched"))
  }

  @Test(arguments: [("^(r|x)eady$", 20), ("ready$", 100)])
  func `output that comes fast is looked through`(pattern: String, megabytes: Int) throws {
    let line = String(repeating: "x", count: 99)
    _ = try scratch.bgsh(
      "-c", "{ yes \(line) | head -c \(megabytes)000000; echo ready; sleep 1000; } &bg --notify-on '\(pattern)'")
    #expect(try waitForMatch() == "ready")
  }

  @Test(arguments: [("'('", "is no regular expression"), ("''", "needs something"), ("'(a)\\1'", "references")])
  func `a bad expression is refused, and nothing runs`(pattern: String, words: String) throws {
    let outcome = try scratch.bgsh("-c", "touch ran &bg --notify-on \(pattern)")
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardError.contains("--notify-on: "))
    #expect(outcome.standardError.contains(words))
    #expect(!FileTree.names(in: scratch.path).contains("ran"))
  }

  @Test func `it is told again for what is run again`() throws {
    let shell = try ShellSession(in: scratch)
    try shell.turn("echo ready &bg --notify-on ready")
    try scratch.waitForEnd()
    try shell.turn("rerun @1")
    try scratch.waitForEnd(of: 2)
    #expect(try scratch.record(2)["matched_line"] == "ready")
  }
}
