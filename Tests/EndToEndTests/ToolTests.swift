import Glibc
import TestSupport
import Testing

/// `bgsh tool`, talked to as a program does.
struct ToolTests {
  private let scratch: ScratchState
  private let tool: ToolConversation

  init() throws {
    scratch = try ScratchState()
    tool = try ToolConversation(scratch)
  }

  // MARK: Foreground

  @Test func `what a call changes in the shell is there for the next`() throws {
    _ = try tool.run("mkdir sub; cd sub; x=5; f() { echo \"f $1\"; }; set -o noclobber")
    let result = try tool.run("echo $x $(basename $PWD) $-; f y; false")
    #expect(result.text.hasPrefix("5 sub h"))
    #expect(result.text.contains("C"))
    #expect(result.text.contains("f y\n[exit code 1, "))
    #expect(result.isError)
  }

  @Test func `both streams stand in their order, and nothing is on standard input`() throws {
    #expect(
      try tool.run("echo a; echo b >&2; echo c; cat; [ -t 0 ] || echo none").text.hasPrefix(
        "a\nb\nc\nnone\n[exit code 0"))
  }

  @Test(arguments: [
    "exit 3", "f() { exit 3; }; f", "set -e; (exit 3); echo no", "eval 'exit 3'", "for i in 1 2; do exit 3; done",
  ])
  func `the end of a call is not the end of the shell`(command: String) throws {
    _ = try tool.run("x=kept")
    let result = try tool.run("cd /; \(command)")
    #expect(result.text.contains("[exit code 3, "))
    #expect(!result.text.contains("the shell ended"))
    #expect(try tool.run("set +e; echo $x $PWD").text.hasPrefix("kept /\n"))
  }

  @Test(arguments: [
    ("exec sh -c 'echo other; exit 4'", "other\n[exit code 4, "), ("kill -9 $$", "[exit code 137, killed by SIGKILL, "),
    ("exec false", "[exit code 1, "), ("kill -TERM $BASHPID; sleep 100", "[exit code 143, killed by SIGTERM, "),
  ])
  func `a shell that a call ends goes on as it was before it`(command: String, text: String) throws {
    _ = try tool.run("x=before; cd /usr")
    let result = try tool.run("x=lost; cd /; \(command)")
    #expect(result.text.contains(text))
    #expect(result.text.contains("[the shell ended with this call and goes on as it was before"))
    #expect(try tool.run("echo $x $PWD").text.hasPrefix("before /usr\n"))
  }

  @Test func `an EXIT trap runs when the call exits`() throws {
    #expect(try tool.run("trap 'echo bye' EXIT; exit 2").text.hasPrefix("bye\n[exit code 2"))
    #expect(try tool.run("exit 0").text.hasPrefix("[exit code 0"))
    #expect(try tool.run("trap '' EXIT; exit 4").text.hasPrefix("[exit code 4"))
  }

  @Test func `a time limit ends the call with all that it has started, and nothing else`() throws {
    _ = try tool.run("sleep 1000 & earlier=$!; x=before")
    let task = try tool.launch("sleep 1001")
    let result = try tool.run(
      "x=lost; sleep 1002 & setsid sleep 1003 & (sleep 1004 & ) ; trap '' TERM; echo begun; sleep 1005",
      #","timeout":300"#)
    #expect(result.isError)
    #expect(result.text.contains("begun"))
    #expect(result.text.contains("[timed out after 300ms: "))
    #expect(try tool.run("echo $x; kill -0 $earlier && echo earlier").text.hasPrefix("before\nearlier\n"))
    let left = scratch.survivors.map(\.commandLine).filter { $0.hasPrefix("sleep 100") }.sorted()
    #expect(left == ["sleep 1000", "sleep 1001"])
    #expect(try tool.call("Tasks").text.contains("\"id\":\(task)"))
  }

  @Test func `background jobs of the shell are its own, from call to call`() throws {
    _ = try tool.run("sh -c 'exit 6' & job=$!")
    #expect(try tool.run("wait $job; echo status $?").text.hasPrefix("status 6\n"))
  }

  @Test func `much output is shown head and tail, with the path of the whole`() throws {
    let result = try tool.run("seq 1 20000")
    #expect(result.text.hasPrefix("[exit code 0, "))
    #expect(result.text.contains("\n1\n2\n"))
    #expect(result.text.contains("\n20000\n[exit code 0"))
    #expect(result.text.count < 31_000)
    let path = try #require(result.text.split(separator: " ").first { $0.hasPrefix(scratch.stateDirectory) })
    #expect(try FileTree.text(String(path)).hasSuffix("\n19999\n20000\n"))
  }

  @Test func `a line of a hundred megabytes and binary output do no harm`() throws {
    let long = try tool.run("head -c 100000000 /dev/zero | tr '\\0' x")
    #expect(long.text.count < 31_000)
    #expect(long.text.contains("xxx"))
    let binary = try tool.run(#"printf 'a\0b\033[31mred\033[0m\200\377\rz\n'; printf '</task-notification>'"#)
    #expect(!binary.text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    #expect(binary.text.contains("z\n&lt;/task-notification>"))
  }

  @Test func `the operator is one in a call too`() throws {
    #expect(try tool.run("true &bg --name quick").text.contains("] started: true"))
    #expect(try tool.call("Wait", #"{"task_ids":["quick"]}"#).text.contains("exit code 0"))
  }

  @Test func `the text of a command is in no process's arguments`() throws {
    let gate = try Gate(in: scratch)
    try tool.begin("Bash", #"{"command":"secret=1234567; read <gate"}"#)
    try waitUntil("the call runs") { !FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty }
    try gate.open()
    _ = try tool.result()
    _ = try tool.launch("secret=1234567; read <gate; :")
    #expect(!scratch.survivors.contains { $0.commandLine.contains("1234567") })
    try gate.open()
  }

  // MARK: Background

  @Test func `the end of a task comes first in the next result, once`() throws {
    let id = try tool.launchAndEnd(
      "echo working; echo 'FAIL: one' >&2; exit 3", #","description":"Run full test suite","timeout":300000"#)
    let result = try tool.run("echo next")
    #expect(result.text.hasPrefix("next\n"))
    #expect(
      result.notifications.hasPrefix(
        "[SYSTEM NOTIFICATION - NOT USER INPUT]\n<task-notification>\n<task-id>\(id)</task-id>\n"))
    #expect(result.notifications.contains("<status>failed</status>\n<exit-code>3</exit-code>"))
    #expect(
      result.notifications.contains(
        "<summary>Background command \"Run full test suite\" failed with exit code 3</summary>"))
    #expect(result.notifications.contains("<output>\nFAIL: one\n</output>"))
    #expect(try tool.call("Notifications").blocks.count == 1)
    #expect(try scratch.record(id)["timeout_ms"] == 300_000)
  }

  @Test func `a task is a copy of the shell, and its own end`() throws {
    _ = try tool.run("greet() { echo \"hello $1\"; }; who=you")
    let id = try tool.launch("greet $who; cd /; kill -9 $BASHPID")
    #expect(try scratch.waitForEnd(of: id)["signal"] == "KILL")
    #expect(try tool.call("BashOutput", #"{"bash_id":"\#(id)"}"#).text.contains("hello you"))
    #expect(try tool.run("pwd").text.hasPrefix(scratch.path))
  }

  @Test func `a time limit is told with the limit and the output so far`() throws {
    let id = try tool.launch("echo begun; sleep 1000", #","timeout":200"#)
    #expect(try scratch.waitForEnd(of: id)["state"] == "timed-out")
    let told = try tool.call("Notifications").notifications
    #expect(told.contains("<status>timed-out</status>"))
    #expect(told.contains("<limit>200ms</limit>"))
    #expect(told.contains("<output>\nbegun\n</output>"))
  }

  @Test func `text that is no command is bash's to complain about`() throws {
    let id = try tool.launch("echo \"open")
    #expect(try scratch.waitForEnd(of: id)["exit_code"] != 0)
    #expect(try tool.call("BashOutput", #"{"task_id":\#(id)}"#).text.contains("unexpected EOF"))
    let here = try tool.launch("cat <<E # what\na $((1+1))\nE")
    _ = try scratch.waitForEnd(of: here)
    #expect(try tool.call("BashOutput", #"{"task_id":\#(here)}"#).text.contains("a 2"))
  }

  @Test func `a launch while the shell is busy starts from the shell as it was`() throws {
    let gate = try Gate(in: scratch)
    _ = try tool.run("x=before")
    try tool.begin("Bash", #"{"command":"x=after; read <gate"}"#)
    try tool.begin("Bash", #"{"command":"echo $x","run_in_background":true}"#)
    try scratch.waitForRecord(of: 1)
    _ = try scratch.waitForEnd(of: 1)
    #expect(try scratch.output() == "before\n")
    try gate.open()
    #expect(try tool.result().id == "t2")
    #expect(try tool.result().text.hasPrefix("Background task started. ID: 1. "))
  }

  @Test func `output is told in parts, and reading the end takes the place of the notification`() throws {
    let gate = try Gate(in: scratch)
    let id = try tool.launch("echo one; read <gate; echo two; exit 2")
    try waitUntil("the first line") { try scratch.output(of: id) == "one\n" }
    #expect(try tool.call("BashOutput", #"{"task_id":\#(id)}"#).text.contains("one"))
    #expect(try tool.call("BashOutput", #"{"task_id":\#(id)}"#).text.contains("[nothing new"))
    try gate.open()
    let rest = try tool.call("BashOutput", #"{"task_id":"\#(id)","block":true}"#)
    #expect(rest.text.contains("two"))
    #expect(!rest.text.contains("one"))
    #expect(rest.text.contains("exit code 2"))
    #expect(rest.blocks.count == 1)
    #expect(try tool.call("Notifications").blocks.count == 1)
  }

  @Test func `a filter selects lines`() throws {
    let id = try tool.launch("seq 1 100")
    _ = try scratch.waitForEnd(of: id)
    let result = try tool.call("BashOutput", #"{"task_id":\#(id),"filter":"^[0-9]0$"}"#)
    #expect(result.text.hasSuffix("10\n20\n30\n40\n50\n60\n70\n80\n90"))
  }

  @Test func `a task is ended with all that belongs to it`() throws {
    let id = try tool.launch("trap '' TERM; setsid sleep 1000 & sleep 1001; sleep 1002", #","name":"server""#)
    try waitUntil("its processes") { scratch.survivors.count { $0.commandLine.hasPrefix("sleep 100") } == 2 }
    let result = try tool.call("TaskStop", #"{"task_id":"server"}"#)
    #expect(result.text.hasPrefix("Task \(id) and all that it had started was ended."))
    #expect(!scratch.survivors.contains { $0.commandLine.hasPrefix("sleep 100") })
    #expect(try tool.call("Notifications").blocks.count == 1)
    #expect(try tool.call("KillShell", #"{"shell_id":"\#(id)"}"#).text.contains("had ended already"))
  }

  @Test func `one waits for tasks, for any of them, or for a line`() throws {
    let gate = try Gate(in: scratch)
    let slow = try tool.launch("echo listening; read <gate; exit 1")
    let quick = try tool.launch("true")
    // It may have ended by now, and who names none waits for what is running.
    let any = try tool.call("Wait", #"{"any":true,"task_ids":[\#(slow),\#(quick)]}"#)
    #expect(any.text.contains("[task \(quick): exit code 0"))
    #expect(any.text.contains("[task \(slow): running"))
    #expect(try tool.call("Wait", #"{"task_ids":[\#(slow)],"until":"listen"}"#).text.contains("matched: listening"))
    #expect(try tool.call("Wait", #"{"task_ids":[\#(slow)],"timeout":50}"#).text.contains("[still running"))
    try tool.begin("Wait", #"{"task_ids":["\#(slow)"]}"#)
    try gate.open()
    #expect(try tool.result().text.contains("[task \(slow): exit code 1"))
    #expect(try tool.call("Wait").text == "No tasks are running.")
  }

  @Test func `many ends at once are counted`() throws {
    // They end when all have been launched: else each is told with the next launch.
    for index in 1...6 { _ = try tool.launch("until [ -e go ]; do sleep 0.01; done; exit \(index == 4 ? 1 : 0)") }
    try scratch.write("", to: "go")
    for index in 1...6 { _ = try scratch.waitForEnd(of: Int64(index)) }
    let told = try tool.call("Notifications").notifications
    #expect(told.split(separator: "\n").count { $0 == "<task-notification>" } == 1)
    #expect(told.contains("<task-id>4</task-id>"))
    #expect(told.contains("And 5 more background tasks: 5 completed ("))
    #expect(try tool.call("Tasks", #"{"all":true}"#).text.split(separator: "\n").count == 6)
  }

  // MARK: Sessions

  @Test func `sessions have shells and notifications of their own`() throws {
    _ = try tool.run("x=1", #","session":"a""#)
    #expect(try tool.run("echo [$x]", #","session":"b""#).text.hasPrefix("[]\n"))
    let id = try tool.launchAndEnd("true", #","session":"a""#)
    #expect(try tool.run("true", #","session":"b""#).blocks.count == 1)
    #expect(try tool.call("Notifications", #"{"session":"a"}"#).notifications.contains("<task-id>\(id)</task-id>"))
  }

  @Test func `a shell that was killed at rest is replaced, and that is said`() throws {
    let process = try tool.run("x=1; echo $$").text.prefix { $0.isNumber }
    #expect(kill(try #require(Int32(process)), SIGKILL) == 0)
    try waitUntil("it has gone") { !scratch.survivors.contains { String($0.processID) == process } }
    let result = try tool.run("echo [$x]")
    #expect(result.text.contains("[]\n"))
    #expect(result.text.hasPrefix("[the shell of this session had gone"))
    #expect(try !tool.run("echo again").text.contains("had gone"))
  }

  // MARK: What is wrong

  @Test(arguments: [
    ("nonsense", "this line is no JSON"), (#"[1]"#, "this line is no object"), (#"{"id":"x"}"#, "'name' is missing"),
    (#"{"type":"ping","name":"Bash"}"#, "this is no call"), (#"{"name":"Nope"}"#, "there is no tool 'Nope'"),
    (#"{"name":"Bash","input":{}}"#, "Bash: 'command' is missing"),
    (#"{"name":"Bash","input":"ls"}"#, "is to be an object"),
    (#"{"name":"Bash","input":{"command":5}}"#, "is to be a string"),
    (#"{"name":"Bash","input":{"command":"true","timeout":"soon"}}"#, "'timeout' is to be a number"),
    (#"{"name":"Bash","input":{"command":"true","pty":true}}"#, "'pty' is not supported"),
    (#"{"name":"Bash","input":{"command":"true","run_in_background":true,"name":"a,b"}}"#, "is no name for a task"),
    (#"{"name":"BashOutput","input":{}}"#, "'task_id' is missing"),
    (#"{"name":"BashOutput","input":{"task_id":99}}"#, "no task @99"),
    (#"{"name":"BashOutput","input":{"task_id":1,"filter":"["}}"#, "is no regular expression"),
    (#"{"name":"KillShell","input":{"task_id":99}}"#, "no task @99"),
  ])
  func `what cannot be done is said, and the next line is read`(line: String, text: String) throws {
    try tool.program.send(line)
    let result = try tool.result()
    #expect(result.isError)
    #expect(result.text.contains(text))
    #expect(try tool.run("echo on").text.hasPrefix("on\n"))
  }

  @Test func `a request of ten megabytes is run, and one that is too long is passed over`() throws {
    #expect(try tool.run("x=\(String(repeating: "y", count: 10 << 20)); echo ${#x}").text.hasPrefix("10485760\n"))
    try tool.program.send(String(repeating: "z", count: 17 << 20))
    #expect(try tool.result().text.contains("longer than 16 MiB"))
    #expect(try tool.run("echo on").text.hasPrefix("on\n"))
  }

  // MARK: The end

  @Test(arguments: [nil, SIGINT, SIGTERM, SIGHUP, SIGKILL])
  func `what a program has started ends with it`(signal: Int32?) throws {
    let id = try tool.launch("setsid sleep 1000 & sleep 1001; :")
    _ = try tool.run("setsid sleep 1002 >/dev/null 2>&1 & sleep 1003 &")
    try tool.begin("Bash", #"{"command":"trap '' HUP; sleep 1004"}"#)
    try waitUntil("all run") { scratch.survivors.count { $0.commandLine.hasPrefix("sleep 100") } == 5 }
    if let signal { try tool.program.signal(signal) } else { tool.program.endInput() }
    #expect(try tool.program.ending() == (signal == SIGKILL ? .killed(signal: SIGKILL) : .success))
    try waitUntil("nothing runs") { scratch.survivors.isEmpty }
    let record = try scratch.record(id)
    #expect(record["ended_by"] == "session")
    #expect(record["state"] == "killed")
  }

  @Test func `tasks that are kept run on`() throws {
    let kept = try ToolConversation(scratch, "--keep")
    let id = try kept.launch("sleep 1000")
    kept.program.endInput()
    #expect(try kept.program.ending() == .success)
    #expect(try scratch.record(id)["state"] == "running")
    #expect(try scratch.bgsh("kill", "@\(id)").status == .success)
    #expect(try scratch.waitForEnd(of: id)["ended_by"] == "kill")
  }

  @Test func `a call that is nearly done is answered at the end of input`() throws {
    let outcome = try scratch.bgsh(
      "tool", input: .text(#"{"type":"tool_use","id":7,"name":"Bash","input":{"command":"echo hi"}}"# + "\n"))
    #expect(outcome.status == .success)
    #expect(
      outcome.standardOutput.hasPrefix(
        #"{"type":"tool_result","tool_use_id":7,"content":[{"type":"text","text":"hi\n[exit code 0"#))
  }

  @Test func `it ends when nobody reads any more`() throws {
    let id = try tool.launch("sleep 1000")
    tool.program.endOutput()
    try tool.begin("Tasks", "{}")
    #expect(try tool.program.ending() == .success)
    #expect(try scratch.waitForEnd(of: id)["ended_by"] == "session")
  }

  @Test func `nothing is started or written before the first command`() throws {
    #expect(try tool.call("Wait", "[]").isError)
    #expect(FileTree.names(in: scratch.stateDirectory).isEmpty)
    #expect(scratch.survivors.count == 1)
  }

  // MARK: Close together

  @Test func `a launch is answered by its number, whenever the call before it ends`() throws {
    for number in 1...40 {
      try tool.begin("Bash", #"{"command":"true"}"#)
      try tool.begin("Bash", #"{"command":"true","run_in_background":true}"#)
      _ = try tool.result()
      #expect(try tool.result().text.hasPrefix("Background task started. ID: \(number)."))
    }
  }

  @Test func `what is asked behind a launch knows of its task`() throws {
    let gate = try Gate(in: scratch)
    try tool.begin("Bash", #"{"command":"read <gate; exit 3","run_in_background":true,"name":"slow"}"#)
    try tool.begin("Tasks", "{}")
    try tool.begin("Wait", "{}")
    _ = try tool.result()
    #expect(try tool.result().text.contains("slow"))
    try gate.open()
    #expect(try tool.result().text.contains("exit code 3"))
  }

  @Test func `a call that signals its group takes no shell with it`() throws {
    _ = try tool.run("x=5")
    for _ in 1...20 {
      #expect(try tool.run("kill 0").text.contains("killed by SIGTERM"))
      #expect(try tool.run("echo x=$x").text.hasPrefix("x=5\n"))
    }
  }

  @Test func `a call that lets the shell run nothing more is the last of which that is so`() throws {
    _ = try tool.run("set -n")
    let result = try tool.run("echo hi; (exit 3)")
    #expect(result.text.hasPrefix("hi\n[exit code 3, "))
  }

  // MARK: Options

  @Test func `events tell at once`() throws {
    let tool = try ToolConversation(scratch, "--events")
    try tool.begin("Bash", #"{"command":"exit 1","run_in_background":true}"#)
    var types: [String] = []
    var told: [String] = []
    // The result of the call may come after what is told of its task.
    while !types.contains("task_notification") || !types.contains("tool_result") {
      let line = try JSON(parsing: try tool.program.line())
      types.append(line["type"].text ?? "")
      told += line["content"].elements.compactMap { $0["text"].text }
      if types.last == "task_updated" { #expect(line["task"]["exit_code"] == 1) }
    }
    #expect(types.filter { $0 != "tool_result" } == ["task_started", "task_updated", "task_notification"])
    // The task may have ended before the result of its launch was written.
    told += try tool.call("Notifications").blocks
    #expect(told.count { $0.contains("<status>failed</status>") } == 1)
  }

  @Test func `a login shell reads the login files`() throws {
    try scratch.write("export FROM_PROFILE=yes", to: "home/.bash_profile")
    #expect(try tool.run("echo [$FROM_PROFILE]").text.hasPrefix("[]\n"))
    #expect(try ToolConversation(scratch, "--login").run("echo [$FROM_PROFILE]").text.contains("[yes]\n"))
  }
}
