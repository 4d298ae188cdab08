import Glibc
import TestSupport
import Testing

/// How time limits and `kill` end tasks that do not want to end.
struct EndingTests {
  /// Tasks that misbehave; each writes `ready` when it is set up. What must be gone in the end sleeps 1234 seconds.
  static let zoo: [(String, code: Int64?, signal: String?)] = [
    ("sleep 1234", nil, "TERM"),
    ("{ trap '' TERM; echo ready; while :; do sleep 1234; done; }", nil, "KILL"),
    ("sh -c 'trap \"\" TERM HUP INT; echo ready; while :; do sleep 1234; done'", nil, "KILL"),
    ("{ trap 'echo closing; exit 5' TERM; echo ready; sleep 1234 & wait; }", 5, nil),
    ("{ setsid sleep 1234 & echo ready; wait; }", nil, "TERM"),
    ("{ setsid sh -c 'trap \"\" TERM; sleep 1234; sleep 1234' & echo ready; wait; }", nil, "TERM"),
    ("{ ( ( sleep 1234 & ) & ); echo ready; sleep 1234; }", nil, "TERM"),
    ("{ setsid sh -c '( setsid sleep 1234 & )'; echo ready; sleep 1234; }", nil, "TERM"),
    ("{ env -i sleep 1234 & echo ready; wait; }", nil, "TERM"),
    ("{ env -i \"$(type -P setsid)\" sleep 1234 & echo ready; wait; }", nil, "TERM"),
    ("{ env -i setsid sh -c '( setsid sleep 1234 & )'; echo ready; sleep 1234; }", nil, "TERM"),
    (
      "{ env -i setsid sh -c '( setsid sleep 1234 >/dev/null & )'; trap 'exit 3' TERM; echo ready; sleep 1234 & wait; }",
      3, nil
    ),
    ("{ ( trap '' TERM; sleep 1234; sleep 1234 ) & trap 'exit 3' TERM; echo ready; wait; }", 3, nil),
    ("{ echo ready; kill -STOP $BASHPID; sleep 1234; }", nil, "TERM"),
    ("sleep 1234 | sleep 1234 | { echo ready >&2; sleep 1234; }", nil, "TERM"),
  ]

  @Test(arguments: zoo)
  func `kill ends the whole tree`(list: String, code: Int64?, signal: String?) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --kill-after 300ms")
    try scratch.waitForRecord()
    if list.contains("ready") { try waitUntil("it is ready") { try scratch.output().contains("ready") } }
    if list.contains("STOP") { try scratch.waitForState("paused") }
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    let record = try scratch.waitForEnd()
    #expect(record["state"] == (code == nil ? "killed" : "exited"))
    #expect(record["ended_by"] == "kill")
    #expect(record["exit_code"] == code.map(JSON.number) ?? .null)
    #expect(record["signal"] == signal.map(JSON.string) ?? .null)
    #expect(!scratch.survivors.contains { $0.commandLine.contains("1234") }, "its state is final when all has gone")
    if list.contains("closing") { #expect(try scratch.output() == "ready\nclosing\n") }
  }

  /// All at once, in one session. Each has to be set up before its time is over, also on a busy machine.
  @Test func `a time limit ends the whole tree`() throws {
    // A task that has stopped itself is paused, and its time stands still.
    let tasks = Self.zoo.filter { !$0.0.contains("STOP") }
    let scratch = try ScratchState()
    _ = try scratch.bgsh(
      "--notify", "off", "-c",
      tasks.map { "\($0.0) &bg --timeout 4s --kill-after 200ms" }.joined(separator: "\n"))
    for (id, (list, code, signal)) in zip(Int64(1)..., tasks) {
      let record = try scratch.waitForEnd(of: id)
      #expect(record["state"] == "timed-out", "\(list)")
      #expect(record["ended_by"] == "timeout", "\(list)")
      #expect(record["timeout_ms"] == 4000, "\(list)")
      #expect(record["exit_code"] == code.map(JSON.number) ?? .null, "\(list)")
      #expect(record["signal"] == signal.map(JSON.string) ?? .null, "\(list)")
      #expect(try scratch.waitStatus(of: id) == .exited(124), "\(list)")
    }
    #expect(!scratch.survivors.contains { $0.commandLine.contains("1234") })
    let text = try scratch.bgsh("notifications", "--peek").standardOutput
    for (id, task) in zip(1..., tasks) { #expect("\n\(text)".contains("\n[@\(id)] timed out after 4s: \(task.0)\n")) }
  }

  @Test func `time paused does not count`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh(
      "--notify", "off", "-c",
      "{ kill -STOP $BASHPID; echo resumed; } &bg --timeout 1s\nsleep 1234 &bg --timeout 1500ms")
    try scratch.waitForState("paused")
    #expect(try scratch.waitForEnd(of: 2)["state"] == "timed-out")
    #expect(try scratch.record(1)["state"] == "paused")
    #expect(try scratch.bgsh("kill", "-CONT", "@1").status == .success)
    #expect(try scratch.waitForEnd()["state"] == "exited")
    #expect(try scratch.output() == "resumed\n")
  }

  @Test func `a task that ends in time has no part in its limit`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "(exit 4) &bg --timeout 1h30m")
    let record = try scratch.waitForEnd()
    #expect(record["state"] == "exited" && record["exit_code"] == 4)
    #expect(record["timeout_ms"] == 5_400_000 && record["ended_by"] == .null)
  }

  @Test func `a second kill changes nothing, one after the end is an error`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "sleep 1234 &bg --name it")
    try scratch.waitForRecord()
    #expect(try scratch.bgsh("kill", "@it").status == .success)
    try scratch.waitForEnd()
    let again = try scratch.bgsh("kill", "@it")
    #expect(again.status == .exited(1))
    #expect(again.standardError == "bgsh: @1 has already ended by SIGTERM\n")
  }

  @Test(arguments: ["-USR1", "-SIGUSR1", "-10", "-s USR1", "-n 10"])
  func `kill with a signal sends that signal to the tree and nothing more`(option: String) throws {
    let scratch = try ScratchState()
    let child = "sh -c 'trap \"echo child\" USR1; echo ready; while :; do sleep 0.02; done'"
    let list = "{ trap 'echo parent' USR1; \(child) & while :; do wait; done; }"
    _ = try scratch.bgsh("-c", "\(list) &bg")
    try waitUntil("it is ready") { try scratch.output() == "ready\n" }
    #expect(try scratch.command("bash", "-c", "'\(BuiltProducts.bgsh)' kill \(option) @1").run().status == .success)
    try waitUntil("both have the signal") {
      // A shell may also say what became of its `sleep`.
      Set(try scratch.output().split(separator: "\n")).isSuperset(of: ["child", "parent"])
    }
    #expect(try scratch.record(1)["state"] == "running")
  }

  @Test func `a task is ended although its supervisor was killed`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "sleep 1234 &bg")
    try scratch.waitForRecord()
    let supervisor = try #require(scratch.survivors.first { $0.commandLine.hasPrefix("bgsh-supervisor") })
    kill(supervisor.processID, SIGKILL)
    try waitUntil("it has gone") { !scratch.survivors.contains { $0.processID == supervisor.processID } }
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("the task has gone") { scratch.survivors.isEmpty }
    #expect(try scratch.record(1)["state"] == "lost")
  }
}
