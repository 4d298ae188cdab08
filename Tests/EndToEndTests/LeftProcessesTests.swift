import TestSupport
import Testing

/// What tasks and calls leave running.
struct LeftProcessesTests {
  private let scratch: ScratchState

  init() throws { scratch = try ScratchState() }

  private func waitForCount(_ count: Int64, of id: Int64 = 1) throws {
    try waitUntil("\(count) left") { try scratch.record(id)["left_processes"] == .number(count) }
  }

  @Test(arguments: [
    ("sleep 1000 & sleep 1001 & exit 0", 2), ("setsid sleep 1000 & exit 0", 1),
    ("(setsid sh -c 'sleep 1000 & echo up >gate; wait' &); read up <gate", 2),
    ("env -i sleep 1000 & exit 0", 1), ("sleep 1000 & kill -9 $BASHPID", 1), ("true", 0), ("sleep 0.01 & wait", 0),
  ])
  func `what a task leaves is counted`(list: String, count: Int64) throws {
    _ = try Gate(in: scratch)
    _ = try scratch.bgsh("-c", "sleep 1009 &bg\n{ \(list); } &bg\nsleep 1008 & wait @2")
    try waitForCount(count, of: 2)
    #expect(try scratch.record(1)["left_processes"] == 0)
  }

  @Test func `a notice says it, and what a pipeline hides`() throws {
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; sleep 1000 & true; } &bg --name daemons")
    try gate.open()
    try waitForCount(1)
    #expect(try shell.turn("").contains(", 1 process left running: "))
    try shell.turn("true | tee log | cat &bg ls /none | cat &bg")
    try scratch.waitForEnd(of: 2)
    try scratch.waitForEnd(of: 3)
    let outcome = try scratch.bgsh("notifications", "--history").standardOutput
    #expect(outcome.contains(", but ls exited 2: "))
    #expect(!outcome.contains("but tee"))
  }

  @Test func `a call says what it leaves, it is listed, and its end is told`() throws {
    let tool = try ToolConversation(scratch)
    let first = try tool.run("sleep 1000 & setsid sleep 1001 >/dev/null 2>&1 & x=1")
    #expect(first.text.contains("[2 processes left running: sleep 100"))
    #expect(first.text.contains("; what is there then ends with this connection]"))
    // They are told of once.
    #expect(try !tool.run("echo $x").text.contains("left running"))
    let listed = try tool.call("Tasks").text
    #expect(listed.contains("sleep 1000 (pid ") && listed.contains("sleep 1001 (pid "))
    // It may have ended before the result of what ends it is written.
    var told = try tool.run("kill %1").notifications
    try waitUntil("one has ended") { !scratch.survivors.contains { $0.commandLine == "sleep 1000" } }
    try waitUntil("it is told") {
      if !told.contains("sleep 1000 (pid ") { told += try tool.call("Notifications").notifications }
      return told.contains("sleep 1000 (pid ")
    }
    #expect(told.contains("[left running by earlier calls, and ended by now: sleep 1000 (pid "))
    #expect(try !tool.call("Tasks").text.contains("sleep 1000"))
    tool.program.endInput()
    _ = try tool.program.ending()
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
  }

  @Test func `tasks, and what they start, are not left by a call`() throws {
    let tool = try ToolConversation(scratch)
    #expect(try !tool.run("sleep 1000 &bg --name a\nsleep 0.01 & wait $!").text.contains("left running"))
    _ = try tool.launch("sleep 1001 & sleep 1002")
    _ = try tool.run("sleep 1003", #","bg_after":20"#)
    #expect(try !tool.run("true").text.contains("left running"))
    #expect(try !tool.run("exec true").text.contains("left running"))
  }
}
