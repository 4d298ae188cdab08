import Glibc
import TestSupport
import Testing

/// A call in the foreground that takes long: the shell that runs it becomes a task.
struct ToolPromotionTests {
  private let scratch: ScratchState
  private let gate: Gate

  init() throws {
    scratch = try ScratchState()
    gate = try Gate(in: scratch)
  }

  /// Runs a call that goes on as a task, and returns that one's number.
  private func promote(
    _ tool: ToolConversation, _ command: String, after milliseconds: Int = 100, _ more: String = ""
  ) throws -> Int64 {
    let result = try tool.run(command, #","bg_after":\#(milliseconds)\#(more)"#)
    return try #require(try taskNumber(in: result), "\(result.text)")
  }

  /// The task that a call has become; nil if it has ended.
  private func taskNumber(in result: ToolConversation.Result) throws -> Int64? {
    let words = result.text.split(separator: " ")
    guard let position = words.firstIndex(of: "task"), result.text.contains("it goes on in the background") else {
      return nil
    }
    #expect(!result.isError)
    return Int64(words[position + 1].dropLast())
  }

  @Test func `it goes on with all its output, and the shell as it was before`() throws {
    let tool = try ToolConversation(scratch)
    _ = try tool.run("x=before; mkdir sub; cd sub")
    let result = try tool.run(
      "x=lost; cd /; echo first; read <\(scratch.path)/gate; echo second; exit 3",
      #","bg_after":100,"name":"long","description":"Take long","timeout":900000"#)
    let path = "\(scratch.stateDirectory)/output/1"
    #expect(result.text.hasPrefix("first\n[still running after "))
    #expect(
      result.text.hasSuffix(
        ": it goes on in the background as task 1. Output: \(path). You will be notified when it ends. "
          + "Its limit of 15m counts from its start.]"))
    #expect(try tool.run("echo $x $PWD; y=1").text.hasPrefix("before \(scratch.path)/sub\n"))
    let record = try scratch.record(1)
    #expect(record["state"] == "running" && record["name"] == "long" && record["timeout_ms"] == 900_000)
    #expect(record["description"] == "Take long" && record["cwd"] == .string("\(scratch.path)/sub"))
    #expect(record["command"].text?.hasPrefix("x=lost; cd /; echo first") == true)
    try gate.open()
    let end = try scratch.waitForEnd(of: 1)
    #expect(end["state"] == "exited" && end["exit_code"] == 3 && end["usage"]["max_rss_kib"] != .null)
    #expect(try scratch.output() == "first\nsecond\n")
    let next = try tool.run("echo $y")
    #expect(next.text.hasPrefix("1\n"))
    #expect(next.notifications.contains("<summary>Background command \"Take long\" failed with exit code 3</summary>"))
    #expect(try tool.call("BashOutput", #"{"task_id":1}"#).text.contains("second"))
    #expect(try !tool.call("BashOutput", #"{"task_id":1}"#).text.contains("first"))
  }

  @Test(arguments: [
    ("exec sh -c 'read x <gate; exit 5'", "exited", 5), ("exec sh -c 'read x <gate; kill -9 $$'", "killed", nil),
    ("read <gate; kill -9 $BASHPID", "killed", nil), ("set -e; read <gate; (exit 6); echo no", "exited", 6),
    ("f() { read <gate; exit 7; }; f", "exited", 7), ("read <gate | true; (exit 8)", "exited", 8),
  ])
  func `its end is exact`(command: String, state: String, code: Int64?) throws {
    let tool = try ToolConversation(scratch)
    // The first time bash itself becomes the task, the second time a copy of it.
    for id: Int64 in 1...2 {
      #expect(try promote(tool, command) == id)
      try gate.open()
      let end = try scratch.waitForEnd(of: id)
      #expect(end["state"] == .string(state) && end["exit_code"] == code.map { .number($0) } ?? .null)
    }
    try waitUntil("its shells have gone") { scratch.survivors.count { $0.commandLine.hasPrefix("bash") } == 1 }
  }

  @Test func `it is ended with all that it has started, and with nothing else`() throws {
    let tool = try ToolConversation(scratch)
    _ = try tool.run("sleep 1000 & disown")
    let other = try tool.launch("sleep 1001")
    let id = try promote(tool, "sleep 1002 & setsid sleep 1003 & (sleep 1004 &); sleep 1005")
    _ = try tool.run("sleep 1006 &")
    let late = try tool.launch("sleep 1007")
    #expect(try tool.call("KillShell", #"{"task_id":\#(id)}"#).text.contains("all that it had started was ended"))
    let left = scratch.survivors.map(\.commandLine).filter { $0.hasPrefix("sleep 100") }.sorted()
    #expect(left == ["sleep 1000", "sleep 1001", "sleep 1006", "sleep 1007"])
    #expect(try scratch.record(other)["state"] == "running")
    #expect(try scratch.record(late)["state"] == "running")
    #expect(try scratch.record(id)["ended_by"] == "kill")
  }

  @Test func `its limit counts from the beginning of the call`() throws {
    let tool = try ToolConversation(scratch)
    let id = try promote(tool, "echo begun; sleep 1000; :", after: 200, #","timeout":700"#)
    let end = try scratch.waitForEnd(of: id)
    #expect(end["state"] == "timed-out" && end["timeout_ms"] == 700)
    guard case .number(let milliseconds) = end["duration_ms"] else { throw HarnessFailure.systemCall("no duration") }
    #expect((700..<5_000).contains(milliseconds))
    #expect(try tool.call("Notifications").notifications.contains("<limit>700ms</limit>"))
  }

  @Test func `a trap on EXIT that it has set runs at its end, and none of the shell's`() throws {
    let tool = try ToolConversation(scratch)
    _ = try tool.run("trap 'echo shell' EXIT")
    let first = try promote(tool, "read <gate; echo one")
    try gate.open()
    _ = try scratch.waitForEnd(of: first)
    #expect(try scratch.output(of: first) == "one\n")
    let second = try promote(tool, "trap 'echo own' EXIT; read <gate; echo two")
    try gate.open()
    _ = try scratch.waitForEnd(of: second)
    #expect(try scratch.output(of: second) == "two\nown\n")
    #expect(try tool.run("exit 1").text.hasPrefix("shell\n"))
  }

  @Test func `no byte is lost while it is written`() throws {
    let tool = try ToolConversation(scratch)
    let id = try promote(tool, "for ((i = 0; i < 30000; i++)); do echo $i; done", after: 30)
    _ = try scratch.waitForEnd(of: id)
    #expect(try scratch.output(of: id) == (0..<30_000).map { "\($0)\n" }.joined())
  }

  @Test func `its output is bounded like any task's`() throws {
    let tool = try ToolConversation(scratch)
    let id = try promote(
      tool, "head -c 100000000 /dev/zero | tr '\\0' x; read <gate; tail -c 100000000 /dev/zero; :", after: 10)
    try gate.open()
    let end = try scratch.waitForEnd(of: id)
    #expect(end["output"]["bytes"] == 200_000_000)
    guard case .number(let dropped) = end["output"]["dropped_bytes"] else { throw HarnessFailure.systemCall("no size") }
    #expect((130_000_000..<140_000_000).contains(dropped))
  }

  /// Calls that end at the moment at which they become tasks.
  @Test func `each call is answered once, as a call or as a task`() throws {
    let tool = try ToolConversation(scratch)
    var tasks: Set<Int64> = []
    for turn in 0..<60 {
      let command = turn.isMultiple(of: 3) ? "exec sh -c 'exit 3'" : "(exit 3)"
      let result = try tool.run(command, #","bg_after":\#(turn % 6)"#)
      if let id = try taskNumber(in: result) {
        #expect(tasks.insert(id).inserted)
      } else {
        #expect(result.text.contains("[exit code 3, "))
      }
    }
    for id in tasks { #expect(try scratch.waitForEnd(of: id)["exit_code"] == 3) }
    _ = try tool.call("Notifications")
    #expect(try Set(scratch.records().compactMap { if case .number(let id) = $0["id"] { id } else { nil } }) == tasks)
    try Promises(of: scratch).check()
  }

  @Test func `calls that wait for their turn go on in the shell as it was`() throws {
    let tool = try ToolConversation(scratch)
    try tool.begin("Bash", #"{"command":"x=1; read <gate","bg_after":50}"#)
    try tool.begin("Bash", #"{"command":"echo [$x]; x=2"}"#)
    try tool.begin("Bash", #"{"command":"echo [$x]","run_in_background":true}"#)
    // What is to begin in the background begins at once.
    #expect(try taskNumber(in: tool.result()) == 2)
    #expect(try tool.result().text.hasPrefix("[]\n"))
    #expect(try tool.result().text.hasPrefix("Background task started. ID: 1. "))
    #expect(try tool.run("echo [$x]").text.hasPrefix("[2]\n"))
    try gate.open()
    #expect(try scratch.waitForEnd(of: 2)["exit_code"] == 0)
  }

  // MARK: Deaths

  @Test(
    .enabled(if: getenv("BGSH_TEST_PRODUCTS") == nil),
    arguments: ["id-reserved", "id-offered", "registered", "inserted", "started"].flatMap { step in
      (1...2).map { "\(step):\($0)" }
    })
  func `a supervisor that dies meanwhile takes nothing along`(failpoint: String) throws {
    let tool = try ToolConversation(scratch, environment: ["BGSH_FAILPOINT": failpoint])
    for turn in 1...2 {
      let id = try promote(tool, "echo a; read <gate; echo b; exit \(turn)")
      try gate.open()
      #expect(try scratch.waitForEnd(of: id)["exit_code"] == .number(Int64(turn)))
      #expect(try scratch.output(of: id) == "a\nb\n")
      #expect(try tool.call("Notifications").notifications.contains("<task-id>\(id)</task-id>"))
    }
    tool.program.endInput()
    #expect(try tool.program.ending() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `a supervisor that dies later loses no end`() throws {
    let tool = try ToolConversation(scratch)
    let gate2 = try Gate(in: scratch, "gate2")
    let first = try promote(tool, "read <gate; exit 3")
    let second = try promote(tool, "sleep 1000 & read <gate2; :")
    let processes = try SessionProcesses(in: scratch)
    processes.kill(.supervisor)
    try gate.open()
    #expect(try scratch.waitForEnd(of: first)["exit_code"] == 3)
    _ = try SessionProcesses(in: scratch, except: [processes.supervisor])
    #expect(try tool.call("KillShell", #"{"task_id":\#(second)}"#).text.contains("was ended"))
    #expect(!scratch.survivors.contains { $0.commandLine == "sleep 1000" })
    _ = gate2
    let third = try promote(tool, "read <gate; exit 4")
    try gate.open()
    #expect(try scratch.waitForEnd(of: third)["exit_code"] == 4)
  }

  @Test func `a supervisor that is stopped is waited for`() throws {
    let tool = try ToolConversation(scratch)
    _ = try tool.run("true")
    let supervisor = try SessionProcesses(in: scratch).supervisor
    kill(supervisor, SIGSTOP)
    try tool.begin("Bash", #"{"command":"echo a; read <gate; exit 3","bg_after":0}"#)
    try gate.open()
    kill(supervisor, SIGCONT)
    let id = try #require(try taskNumber(in: tool.result()))
    #expect(try scratch.waitForEnd(of: id)["exit_code"] == 3)
    #expect(try scratch.output(of: id) == "a\n")
  }

  @Test(arguments: [false, true])
  func `it ends with the program, unless tasks are kept`(isKept: Bool) throws {
    let tool = try isKept ? ToolConversation(scratch, "--keep") : ToolConversation(scratch)
    let id = try promote(tool, "echo a; read <gate; echo b; exit 3")
    try tool.program.signal(SIGKILL)
    _ = try tool.program.ending()
    if isKept { try gate.open() }
    let end = try scratch.waitForEnd(of: id)
    #expect(end["ended_by"] == (isKept ? .null : "session"))
    #expect(end["exit_code"] == (isKept ? 3 : .null))
    #expect(try scratch.output(of: id) == (isKept ? "a\nb\n" : "a\n"))
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
  }

  // MARK: What is looked for

  @Test(arguments: [#","run_in_background":true"#, #","bg_after":50"#])
  func `a line that matches is told once`(more: String) throws {
    let tool = try ToolConversation(scratch)
    let result = try tool.run(
      "echo starting; read <gate; echo listening on 80; sleep 1000", #","notify_on":"listening on [0-9]+"\#(more)"#)
    #expect(!result.isError)
    try gate.open()
    try waitUntil("it has matched") { try scratch.record(1)["matched_line"] != .null }
    let told = try tool.call("Notifications").notifications
    #expect(told.contains("<status>matched</status>"))
    #expect(told.contains("<matched-line>listening on 80</matched-line>"))
    #expect(try tool.call("Notifications").blocks.count == 1)
  }

  @Test func `what is asked for wrongly is said`() throws {
    let tool = try ToolConversation(scratch)
    #expect(try tool.run("true", #","notify_on":"(""#).text.contains("Bash: 'notify_on' is nothing to look for"))
    #expect(try tool.run("true", #","bg_after":-1"#).text.contains("'bg_after' is to be 0 or more"))
  }
}
