import TestSupport
import Testing

/// What is known of a task: output, status, signal, usage.
struct MonitoringTests {
  @Test func `both streams are in one file, in true order`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "for i in {1..50}; do echo out $i; echo err $i >&2; sh -c \"echo child $i\"; done &bg")
    let record = try scratch.waitForEnd()
    let expected = (1...50).map { "out \($0)\nerr \($0)\nchild \($0)\n" }.joined()
    #expect(try scratch.output() == expected)
    #expect(record["output"]["bytes"] == .number(Int64(expected.utf8.count)))
    #expect(try FileTree.text(record["output"]["path"].text ?? "") == expected)
  }

  @Test func `bytes of any kind are kept`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("--notify", "off", "-c", #"printf '\0\377\r\n\033[31m' &bg wait @@; output @@"#)
    #expect(outcome.standardOutputBytes == [0, 0xFF, 0x0D, 0x0A, 0x1B] + Array("[31m".utf8))
  }

  static let ends: [(String, state: JSON, code: JSON, signal: JSON, Ending, notice: String)] = [
    ("true", "exited", 0, .null, .success, "done"),
    ("(exit 3)", "exited", 3, .null, .exited(3), "failed (exit 3)"),
    ("exit 255", "exited", 255, .null, .exited(255), "failed (exit 255)"),
    ("sh -c 'kill -9 $$'", "killed", .null, "KILL", .exited(137), "killed (SIGKILL)"),
    ("sh -c 'kill -TERM $$'", "killed", .null, "TERM", .exited(143), "killed (SIGTERM)"),
    ("sh -c 'ulimit -c 0; kill -SEGV $$'", "killed", .null, "SEGV", .exited(139), "killed (SIGSEGV)"),
    ("{ kill -HUP $BASHPID; sleep 5; }", "killed", .null, "HUP", .exited(129), "killed (SIGHUP)"),
    ("{ sh -c 'kill -9 $$'; exit $?; } 2>&-", "exited", 137, .null, .exited(137), "failed (exit 137, SIGKILL)"),
  ]

  @Test(arguments: ends)
  func `how a task ended is told exactly`(
    list: String, state: JSON, code: JSON, signal: JSON, status: Ending, notice: String
  ) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg")
    let record = try scratch.waitForEnd()
    #expect(record["state"] == state)
    #expect(record["exit_code"] == code)
    #expect(record["signal"] == signal)
    #expect(record["ended_by"] == .null)
    #expect(try scratch.waitStatus() == status)
    let notifications = try JSON(parsing: try scratch.bgsh("notifications", "--peek", "--json").standardOutput)
    let text = try #require(notifications.elements.first?["text"].text)
    #expect(text.hasPrefix("[@1] \(notice) after "))
    #expect(text.hasSuffix("s: \(list)"))
  }

  @Test func `the resources of a task and its children are counted`() throws {
    let scratch = try ScratchState()
    let list =
      "{ for ((i = 0; i < 300000; i++)); do :; done; head -c 40000000 /dev/zero | tail -c 40000000 >/dev/null; }"
    _ = try scratch.bgsh("-c", "\(list) &bg")
    let usage = try scratch.waitForEnd()["usage"]
    #expect(try #require(usage["user_ms"].number) >= 100)
    #expect(try #require(usage["system_ms"].number) >= 1)
    // `tail` keeps 40 MB.
    #expect(try #require(usage["max_rss_kib"].number) >= 38_000)
  }

  @Test func `a function that waits for its own background job ends`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "f() { true & wait; }; f &bg")
    #expect(try scratch.waitForEnd()["state"] == "exited")
  }

  @Test func `a command substitution does not wait for the task`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let script = "out=$('\(BuiltProducts.bgsh)' -c 'read <gate &bg' 2>&1); echo \"got $out\""
    #expect(try scratch.command("bash", "-c", script).run().standardOutput == "got [@1] started: read <gate\n")
    try gate.open()
    #expect(try scratch.waitForEnd()["state"] == "exited")
  }

  @Test func `what a task leaves behind does not keep it alive`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "{ setsid sleep 1000 >/dev/null 2>&1 </dev/null & } &bg")
    #expect(try scratch.waitForEnd()["exit_code"] == 0)
    #expect(scratch.survivors.contains { $0.commandLine == "sleep 1000" })
    try waitUntil("the supervisor has gone") {
      !scratch.survivors.contains { $0.commandLine.hasPrefix("bgsh-supervisor") }
    }
  }
}
