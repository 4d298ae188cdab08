import Glibc
import TestSupport
import Testing

/// Many of everything at once, as far as a suite has the time; `make soak` takes crowds of full size.
@Suite(.serialized) struct CrowdTests {
  @Test func `many notifications due at one prompt are folded, and each is delivered once`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("BGSH_NOTIFY=off")
    try shell.turn("{ for ((i = 0; i < 500; i++)); do (exit $((i % 2))) &bg done; } 2>/dev/null", within: .seconds(180))
    func history() throws -> [JSON] {
      try JSON(parsing: try scratch.bgsh("notifications", "--history", "--json").standardOutput).elements
    }
    try waitUntil("all have ended", within: .seconds(180)) { try history().count == 500 }
    let shown = try shell.turn("BGSH_NOTIFY=prompt").split(separator: "\n")
    #expect(shown.count { $0.contains("] ✘ failed (exit 1) after ") } == 11)
    #expect(shown.last == "and 239 more failed, 250 done")
    #expect(try shell.turn("") == "")
    let delivered = try history()
    #expect(delivered.count == 500 && delivered.allSatisfy { $0["delivered_at"] != .null })
    #expect(Set(delivered.compactMap { $0["task_id"].number }).count == 500)
    #expect(try shell.exit() == .success)
    #expect(!(try ShellSession(in: scratch).terminal.text.contains("While you were away")))
  }

  @Test func `20 subshells launch at the same time`() throws {
    let scratch = try ScratchState()
    let script = """
      for s in {1..20}; do (for i in {1..10}; do (exit $s) &bg --name "n$s"
      done; wait) & done; wait
      """
    #expect(try scratch.bgsh("--notify", "off", "-c", script).status == .success)
    let records = try scratch.records()
    #expect(records.count == 200)
    for shell in 1...20 as ClosedRange<Int64> {
      let own = records.filter { $0["name"] == .string("n\(shell)") }
      #expect(own.count == 10 && own.allSatisfy { $0["exit_code"] == .number(shell) })
    }
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `many sessions share one state directory, and no launch is refused`() throws {
    let scratch = try ScratchState()
    let session = "for i in {1..15}; do (exit $i) &bg done; wait; echo $?"
    let script = "for s in {1..24}; do '\(BuiltProducts.bgsh)' --notify off -c '\(session)' 2>>errors & done; wait"
    let outcome = try scratch.command("bash", "-c", script).run(within: .seconds(180))
    #expect(outcome.standardOutput == String(repeating: "1\n", count: 24))
    #expect(try !FileTree.text("\(scratch.path)/errors").contains("no task can be started"))
    let records = try scratch.records()
    #expect(records.count == 360)
    for code in 1...15 as ClosedRange<Int64> { #expect(records.count { $0["exit_code"] == .number(code) } == 24) }
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `a launch waits while others keep the database locked`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg wait")
    let gate = try Gate(in: scratch)
    let lock = """
      import sqlite3, sys
      database = sqlite3.connect(sys.argv[1], isolation_level=None)
      database.execute("BEGIN IMMEDIATE")
      print("locked", flush=True)
      open("gate").read()
      """
    let script = """
      # The id that is at hand.
      true &bg
      wait
      coproc lock { exec python3 -c '\(lock)' "$BGSH_STATE_DIR/tasks.db"; }
      read -u ${lock[0]} answer
      true &bg
      (read -t 1 <>nothing; echo >\(gate.name)) &
      (exit 3) &bg
      echo "$answer $?"
      wait @@
      echo $?
      """
    try #require(mkfifo("\(scratch.path)/nothing", 0o600) == 0)
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "locked 0\n3\n")
    #expect(!outcome.standardError.contains("no task can be started"))
  }

  @Test func `hundreds of tasks are alive at once and ended by one kill`() throws {
    let scratch = try ScratchState()
    let script = "for ((i = 0; i < 400; i++)); do sleep 1234 &bg done"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    try waitUntil("all run") { try scratch.records().count { $0["state"] == "running" } == 400 }
    let supervisor = try #require(scratch.survivors.first { $0.commandLine.hasPrefix("bgsh-supervisor") })
    #expect(
      FileTree.names(in: "/proc/\(supervisor.processID)/fd").count < 40, "a task costs its supervisor no descriptor")
    #expect(try scratch.bgsh("kill", "--all").status == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    #expect(try scratch.records().allSatisfy { $0["ended_by"] == "kill" && $0["signal"] == "TERM" })
    try Promises(of: scratch).check()
  }
}
