import Glibc
import TestSupport
import Testing

/// `bgsh mcp`, talked to as hosts do, in each version of the protocol.
struct MCPTests {
  private static let withHandshake = ProtocolSchemas.versions.filter { $0 != HostConversation.modern }
  private let scratch: ScratchState

  init() throws {
    scratch = try ScratchState()
  }

  private func host(_ version: String = HostConversation.modern, _ options: String...) throws -> HostConversation {
    try HostConversation(scratch, version, options: options)
  }

  /// Asks the database itself.
  private func sql(_ statement: String) throws -> String {
    let python =
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute(sys.argv[2]).fetchall()); c.commit()"
    return try Command("python3", ["-c", python, "\(scratch.stateDirectory)/tasks.db", statement]).run()
      .standardOutput
  }

  // MARK: Versions

  @Test(arguments: withHandshake)
  func `a version with a handshake`(version: String) throws {
    let host = try host(version)
    #expect(try host.request("ping")["result"] == .object([]))
    let tools = try host.request("tools/list")["result"]["tools"].elements
    #expect(
      tools.map { $0["name"] } == ["Bash", "BashOutput", "KillShell", "Tasks", "Wait", "Notifications"])
    let hasAnnotations = version != "2024-11-05"
    for tool in tools {
      #expect(tool["annotations"].keys.count == (hasAnnotations ? 5 : 0))
      #expect(tool["inputSchema"]["properties"]["session"]["type"] == "string")
    }
    #expect(tools[0]["_meta"]["anthropic/alwaysLoad"] == (version >= "2025-06-18" ? .bool(true) : .null))
    let result = try host.run("echo hi; exit 3")
    #expect(result.text.hasPrefix("hi\n[exit code 3, "))
    #expect(result.isError)
    #expect(try host.request("server/discover")["error"]["code"] == -32601)
    #expect(try host.request("tasks/get", #""taskId":"1""#)["error"]["code"] == -32601)
  }

  @Test func `the version without a handshake`() throws {
    let host = try host()
    let discovery = try host.request("server/discover")["result"]
    #expect(discovery["supportedVersions"].elements.contains("2026-07-28"))
    #expect(discovery["capabilities"]["extensions"].keys == ["io.modelcontextprotocol/tasks"])
    #expect(discovery["capabilities"]["tools"] == .object([]))
    #expect(discovery["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "bgsh")
    #expect(discovery["instructions"].text?.contains("run_in_background") == true)
    let list = try host.request("tools/list")["result"]
    #expect(list["resultType"] == "complete" && list["cacheScope"] == "public")
    #expect(try host.request("tools/list")["result"] == list)
    #expect(try host.run("echo hi").text.hasPrefix("hi\n[exit code 0, "))
    #expect(try host.request("ping")["error"]["code"] == -32601)
  }

  @Test func `each request is answered in the version it is of`() throws {
    let host = try host("2025-06-18")
    try host.program.send(
      #"""
      {"jsonrpc":"2.0","id":"new","method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}
      """#)
    let new = try JSON(parsing: try host.program.line())
    #expect(new["id"] == "new" && new["result"]["resultType"] == "complete")
    #expect(ProtocolSchemas.complaint(about: new, answering: "tools/list", in: HostConversation.modern) == nil)
    #expect(try host.request("tools/list")["result"].keys == ["tools"])
  }

  @Test(arguments: [("1999-01-01", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("2025-03-26", "2025-03-26")])
  func `a handshake agrees on a version that has one`(asked: String, agreed: String) throws {
    let host = try HostConversation(scratch, "2025-11-25", greets: false)
    let answer = try host.request(
      "initialize", #""protocolVersion":"\#(asked)","capabilities":{},"clientInfo":{"name":"t","version":"1"}"#)
    #expect(answer["result"]["protocolVersion"] == .string(agreed))
    #expect(answer["result"]["capabilities"].keys == ["tools"])
  }

  @Test func `only one version has batches`() throws {
    let batch = #"""
      [{"jsonrpc":"2.0","id":"a","method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":"b","method":"nope"},{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"Bash","arguments":{"command":"echo hi"}}},{"jsonrpc":"2.0","id":"d","method":"initialize"}]
      """#
    let host = try host("2025-03-26")
    try host.program.send(batch)
    let answers = try JSON(parsing: try host.program.line()).elements
    #expect(Set(answers.map { $0["id"] }) == ["a", "b", "c", "d"])
    let schema = try #require(ProtocolSchemas.schema("JSONRPCBatchResponse", in: "2025-03-26"))
    #expect(schema.complaint(about: .array(answers)) == nil)
    #expect(
      answers.first { $0["id"] == "c" }?["result"]["content"].elements.first?["text"].text?.hasPrefix("hi") == true)
    #expect(answers.first { $0["id"] == "d" }?["error"]["code"] == -32600)
    try host.program.send(#"[{"jsonrpc":"2.0","method":"notifications/x"}]"#)
    #expect(try host.request("ping")["result"] == .object([]))
    for version in ["2024-11-05", "2025-06-18", HostConversation.modern] {
      let host = try self.host(version)
      try host.program.send(batch)
      #expect(try host.message()["error"]["code"] == -32600)
      #expect(try host.request("tools/list")["error"] == .null)
    }
  }

  // MARK: What is wrong

  private static let meta =
    #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

  @Test(
    arguments: [
      ("nonsense", -32700), ("7", -32600), ("[]", -32600), (#"{"id":1,"method":"tools/list"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1}"#, -32600), (#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, -32602),
      (
        #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        -32602
      ),
      (
        #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        -32022
      ),
      (#"{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{\#(meta)}}"#, -32601),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Nope",\#(meta)}}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{\#(meta)}}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x",\#(meta)}}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"1",\#(meta)}}"#, -32021),
      (#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#, -32602),
    ] as [(String, Int64)])
  func `what the protocol does not allow is an error`(line: String, code: Int64) throws {
    let host = try host()
    try host.program.send(line)
    let message = try host.message()
    #expect(message["error"]["code"] == .number(code))
    #expect(message["id"] == (line.contains("\"id\":1,") || line.contains("\"id\":1}") ? 1 : .null))
    #expect(try host.run("echo on").text.hasPrefix("on\n"))
  }

  @Test func `an unknown version is told which there are`() throws {
    let host = try host()
    try host.program.send(
      #"{"jsonrpc":"2.0","id":"x","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01"}}}"#
    )
    let error = try host.message()["error"]
    #expect(error["data"]["requested"] == "2031-01-01")
    #expect(error["data"]["supported"].elements.map(\.text) == ProtocolSchemas.versions.reversed())
  }

  @Test(arguments: [
    (#""name":"Bash","arguments":{}"#, "'command' is missing"), (#""name":"Bash""#, "'command' is missing"),
    (#""name":"Bash","arguments":[]"#, "is to be an object"),
    (#""name":"BashOutput","arguments":{"task_id":"99"}"#, "no task @99"),
    (#""name":"Wait","arguments":{"until":"["}"#, "no regular expression"),
  ])
  func `what a model can mend is a result`(members: String, text: String) throws {
    let host = try host("2025-06-18")
    let result = try host.request("tools/call", members)["result"]
    #expect(result["isError"] == .bool(true))
    #expect(result["content"].elements.last?["text"].text?.contains(text) == true)
  }

  @Test func `answers and unknown notifications are passed over`() throws {
    let host = try host()
    for line in [
      #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#, "",
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}"#, "  ",
    ] { try host.program.send(line) }
    #expect(try host.request("tools/list")["id"] == 1)
  }

  // MARK: Calls

  @Test func `calls run side by side, and are answered when they are done`() throws {
    let gate = try Gate(in: scratch)
    let host = try host("2025-11-25")
    let task = try host.launch("read <gate; exit 2")
    let wait = try host.beginCall("Wait", "{}")
    let first = try host.beginCall("Bash", #"{"command":"x=1; echo first"}"#)
    let second = try host.beginCall("Bash", #"{"command":"echo second $x"}"#)
    let other = try host.beginCall("Bash", #"{"command":"echo other [$x]","session":"other"}"#)
    #expect(try host.result(of: other).text.hasPrefix("other []\n"))
    #expect(try host.result(of: second).text.hasPrefix("second 1\n"))
    #expect(try host.result(of: first).text.hasPrefix("first\n"))
    try gate.open()
    let waited = try host.result(of: wait)
    #expect(waited.text.contains("[task \(task): exit code 2"))
    #expect(waited.blocks.count == 1)
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `the end of a task comes first in the next result, once`() throws {
    let host = try host("2025-06-18")
    _ = try host.launchAndEnd("echo 'FAIL: one'; exit 3", #","description":"Run all""#)
    let result = try host.call("Tasks")
    #expect(result.notifications.hasPrefix("[SYSTEM NOTIFICATION - NOT USER INPUT]\n<task-notification>"))
    #expect(result.notifications.contains("<exit-code>3</exit-code>"))
    #expect(result.text == "No tasks are running; with \"all\": true ended ones are listed.")
    #expect(try host.call("Tasks").blocks.count == 1)
  }

  @Test func `a request may be called by a text, and the host's threads have shells of their own`() throws {
    let host = try host("2025-06-18")
    let one = #""threadId":"one""#
    let two = #""threadId":"two""#
    _ = try host.run("x=1", meta: one)
    #expect(try host.run("echo [$x]", meta: two).text.hasPrefix("[]\n"))
    let id = try host.launchAndEnd("true", meta: one)
    #expect(try host.call("Notifications", meta: two).blocks.count == 1)
    #expect(try host.call("Notifications").blocks.count == 1)
    #expect(try host.call("Notifications", meta: one).notifications.contains("<task-id>\(id)</task-id>"))
    try host.program.send(#"{"jsonrpc":"2.0","id":"a\nb","method":"ping"}"#)
    #expect(try JSON(parsing: try host.program.line())["id"] == "a\nb")
  }

  @Test func `progress is told where it was asked for, each second`() throws {
    let waiting = try ["2024-11-05", "2025-11-25", HostConversation.modern].map { version in
      let (host, gate) = (try host(version), try Gate(in: scratch, version))
      let command = #"{"command":"read <\#(gate.name)"}"#
      return (host, gate, try host.beginCall("Bash", command, meta: #""progressToken":"p7""#))
    }
    for (host, gate, id) in waiting {
      while host.notifications.isEmpty { _ = try host.message() }
      try gate.open()
      #expect(try host.result(of: id).text.hasPrefix("[exit code 0"))
      _ = try host.call("Tasks")
      #expect(host.notifications.allSatisfy { $0["params"]["progressToken"] == "p7" })
      let seconds = host.notifications.compactMap { $0["params"]["progress"].number }
      #expect(seconds.count == host.notifications.count)
      #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  // MARK: Cancelling

  @Test func `cancelling ends the wait, never the task, and there is no answer`() throws {
    let (gate, other) = (try Gate(in: scratch), try Gate(in: scratch, "other"))
    let host = try host("2025-06-18")
    let task = try host.launch("read <gate; exit 2")
    let wait = try host.beginCall("Wait", #"{"timeout":40000}"#)
    try host.cancel(wait)
    let busy = try host.beginCall("Bash", #"{"command":"read <other"}"#)
    let never = try host.beginCall("Bash", #"{"command":"touch never"}"#)
    try host.cancel(never)
    #expect(try host.call("Tasks").text.contains("\"state\":\"running\""))
    try gate.open()
    try other.open()
    let first = try host.result(of: busy)
    #expect(first.text.contains("[exit code 0"))
    #expect(try scratch.waitForEnd(of: task)["exit_code"] == 2)
    let result = try host.run("ls never")
    #expect(result.isError)
    #expect((first.notifications + result.notifications).contains("<exit-code>2</exit-code>"))
    #expect(host.early.isEmpty)
  }

  @Test func `a command whose call is cancelled goes on as a task, and the shell is free`() throws {
    let gate = try Gate(in: scratch)
    let host = try host("2025-06-18")
    let call = try host.beginCall("Bash", #"{"command":"touch begun; read <gate; exit 3"}"#)
    try waitUntil("it runs") { FileTree.exists("\(scratch.path)/begun") }
    try host.cancel(call)
    #expect(try host.run("echo on").text.hasPrefix("on\n"))
    let task = try #require(try JSON(parsing: try host.call("Tasks").text).elements.first?["id"].number)
    try gate.open()
    #expect(try scratch.waitForEnd(of: task)["exit_code"] == 3)
    #expect(try host.call("Notifications").notifications.contains("<exit-code>3</exit-code>"))
    #expect(host.early.isEmpty)
  }

  @Test func `what stood in an answer that was cancelled is told once more`() throws {
    let host = try host("2025-06-18")
    let id = try host.launchAndEnd("exit 4")
    let call = try host.beginCall("Tasks", "{}")
    #expect(try host.result(of: call).notifications.contains("<exit-code>4</exit-code>"))
    try host.cancel(call)
    let again = try host.call("Notifications").notifications
    #expect(again.contains("<task-id>\(id)</task-id>"))
    #expect(again.contains("<repeated>true</repeated>"))
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  // MARK: The tasks extension

  @Test func `a command in the background is a task that the host asks for`() throws {
    let gate = try Gate(in: scratch)
    let host = try host()
    let id = try host.launch("read <gate; echo 'FAIL: one'; exit 3", #","description":"Run all""#)
    let running = try host.task(id)["result"]
    #expect(running["status"] == "working" && running["ttlMs"] == .null && running["pollIntervalMs"] == 500)
    #expect(running["taskId"] == .string("\(id)"))
    try gate.open()
    _ = try scratch.waitForEnd(of: id)
    // Its end is left to the host.
    #expect(try host.call("Tasks").blocks.count == 1)
    let ended = try host.task(id)["result"]
    #expect(ended["status"] == "completed")
    #expect(ended["result"]["isError"] == .bool(true))
    let text = try #require(ended["result"]["content"].elements.first?["text"].text)
    #expect(text.hasPrefix("Background command \"Run all\" failed with exit code 3 after "))
    #expect(text.hasSuffix("\n| FAIL: one"))
    #expect(!text.contains("<"))
    #expect(try host.task(id)["result"]["result"] == ended["result"])
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `a command that takes long goes on as a task that the host asks for`() throws {
    let gate = try Gate(in: scratch)
    let host = try host()
    let call = try host.beginCall("Bash", #"{"command":"echo begun; read <gate; exit 3","bg_after":50}"#)
    let answer = try host.answer(to: call)["result"]
    #expect(answer["resultType"] == "task" && answer["status"] == "working")
    let id = try #require(answer["taskId"].text.flatMap { Int64($0) })
    #expect(try host.run("echo on").text.hasPrefix("on\n"))
    try gate.open()
    _ = try scratch.waitForEnd(of: id)
    let text = try host.task(id)["result"]["result"]["content"].elements.first?["text"].text
    #expect(text?.contains("failed with exit code 3 after ") == true)
    #expect(text?.hasSuffix("\n| begun") == true)
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `an end that no host asks for is told as any other`() throws {
    let host = try host()
    let id = try host.launchAndEnd("exit 3")
    #expect(try host.call("Tasks").blocks.count == 1)
    // 15 s later.
    _ = try sql("UPDATE tasks SET ended_at = ended_at - 15000")
    #expect(try host.call("Tasks").notifications.contains("<exit-code>3</exit-code>"))
    #expect(try host.task(id)["result"]["status"] == "completed")
  }

  @Test func `cancelling a task ends it with all that belongs to it`() throws {
    let host = try host()
    let id = try host.launch("setsid sleep 1000 & sleep 1001; sleep 1002")
    try waitUntil("its processes") { scratch.survivors.count { $0.commandLine.hasPrefix("sleep 100") } == 2 }
    #expect(try host.request("tasks/cancel", #""taskId":"\#(id)""#)["result"]["resultType"] == "complete")
    #expect(try scratch.waitForEnd(of: id)["ended_by"] == "kill")
    #expect(!scratch.survivors.contains { $0.commandLine.hasPrefix("sleep 100") })
    #expect(try host.task(id)["result"]["status"] == "cancelled")
    #expect(try host.request("tasks/cancel", #""taskId":"\#(id)""#)["error"] == .null)
    #expect(try host.request("tasks/update", #""taskId":"\#(id)","inputResponses":{}"#)["error"] == .null)
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `tasks of earlier connections are known, others are not`() throws {
    let earlier = try host()
    let id = try earlier.launchAndEnd("echo earlier")
    earlier.program.endInput()
    #expect(try earlier.program.ending() == .success)
    let host = try host()
    #expect(try host.task(id)["result"]["result"]["isError"] == .bool(false))
    for wrong in ["99", "x", ""] {
      #expect(try host.request("tasks/get", #""taskId":"\#(wrong)""#)["error"]["code"] == -32602)
      #expect(try host.request("tasks/cancel", #""taskId":"\#(wrong)""#)["error"]["code"] == -32602)
    }
    #expect(try host.request("tasks/get")["error"]["code"] == -32602)
  }

  @Test func `who does not declare the extension is told in words`() throws {
    let host = try host()
    host.capabilities = "{}"
    let id = try host.launchAndEnd("exit 3")
    #expect(try host.call("Tasks").notifications.contains("<exit-code>3</exit-code>"))
    #expect(try host.task(id)["error"]["code"] == -32021)
  }

  // MARK: Much, and strange

  @Test func `a request of ten megabytes, a line of a hundred, and what is no text`() throws {
    let host = try host("2025-06-18")
    #expect(try host.run("x=\(String(repeating: "y", count: 10 << 20)); echo ${#x}").text.hasPrefix("10485760\n"))
    let long = try host.run("head -c 100000000 /dev/zero | tr '\\0' x")
    #expect(long.text.count < 31_000 && long.text.contains("xxx"))
    #expect(try host.run(#"printf 'a\200\377\033[1mb\n'"#).text.hasPrefix("a\u{fffd}\u{fffd}b\n"))
    #expect(try host.run("echo '\u{2028}\u{7f}é'").text.contains("é\n[exit code 0"))
    try host.program.send(String(repeating: "z", count: 17 << 20))
    #expect(try host.message()["error"]["code"] == -32600)
    #expect(try host.request("ping")["error"] == .null)
  }

  @Test func `ten thousand requests take no memory`() throws {
    let host = try host("2025-06-18")
    let requests = { (count: Int) in
      for _ in 0..<count / 100 {
        for _ in 0..<98 { try host.begin("ping") }
        let list = try host.begin("tools/list")
        let tasks = try host.beginCall("Tasks", "{}")
        _ = try host.answer(to: list)
        _ = try host.answer(to: tasks)
      }
    }
    try requests(1_000)
    let before = try memory(of: host.program.processID)
    try requests(10_000)
    #expect(try memory(of: host.program.processID) - before < 1_024)
  }

  /// In KiB.
  private func memory(of processID: Int32) throws -> Int {
    let line = try FileTree.text("/proc/\(processID)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return try #require(line.flatMap { Int($0.filter(\.isNumber)) })
  }

  // MARK: Beginning and end

  @Test(arguments: ProtocolSchemas.versions)
  func `nothing is started or written before the first call`(version: String) throws {
    let host = try host(version)
    _ = try host.request("tools/list")
    if version == HostConversation.modern {
      _ = try host.request("server/discover")
      #expect(try host.task(1)["error"]["code"] == -32602)
    }
    #expect(FileTree.names(in: scratch.stateDirectory).isEmpty)
    #expect(scratch.survivors.count == 1)
    host.program.endInput()
    #expect(try host.program.ending() == .success)
  }

  @Test(arguments: [nil, SIGINT, SIGTERM, SIGHUP, SIGKILL])
  func `what a host has started ends with the connection`(signal: Int32?) throws {
    let host = try host()
    let id = try host.launch("setsid sleep 1000 & sleep 1001; :")
    try host.beginCall("Bash", #"{"command":"trap '' HUP; sleep 1002"}"#)
    try host.beginCall("Wait", "{}")
    try waitUntil("all run") { scratch.survivors.count { $0.commandLine.hasPrefix("sleep 100") } == 3 }
    if let signal { try host.program.signal(signal) } else { host.program.endInput() }
    #expect(try host.program.ending() == (signal == SIGKILL ? .killed(signal: SIGKILL) : .success))
    try waitUntil("nothing runs") { scratch.survivors.isEmpty }
    #expect(try scratch.record(id)["ended_by"] == "session")
  }

  @Test func `tasks that are kept run on`() throws {
    let kept = try host(HostConversation.modern, "--keep")
    let id = try kept.launch("sleep 1000")
    kept.program.endInput()
    #expect(try kept.program.ending() == .success)
    let host = try host()
    #expect(try host.task(id)["result"]["status"] == "working")
    _ = try host.request("tasks/cancel", #""taskId":"\#(id)""#)
    #expect(try scratch.waitForEnd(of: id)["ended_by"] == "kill")
  }

  @Test func `it ends when nobody reads any more, and what was not read is still due`() throws {
    let host = try host()
    host.capabilities = "{}"
    _ = try host.launchAndEnd("exit 3")
    host.program.endOutput()
    try host.beginCall("Tasks", "{}")
    #expect(try host.program.ending() == .success)
    #expect(try sql("SELECT count(*) FROM notifications WHERE delivered_at IS NULL") == "[(1,)]\n")
  }

  @Test func `a login shell reads the login files`() throws {
    try scratch.write("export FROM_PROFILE=yes", to: "home/.bash_profile")
    #expect(try host().run("echo [$FROM_PROFILE]").text.hasPrefix("[]\n"))
    #expect(try host(HostConversation.modern, "--login").run("echo [$FROM_PROFILE]").text.contains("[yes]\n"))
  }

  // MARK: Settings of hosts

  @Test(arguments: ["claude", "codex", "gemini", "vscode", "generic"])
  func `settings to be pasted can be read, and name this program`(name: String) throws {
    let outcome = try scratch.bgsh("mcp", "--print-config", name, "--keep")
    #expect(outcome.status == .success)
    let code = """
      import json, sys, tomllib
      blocks, block = [], None
      for line in sys.stdin.read().splitlines():
        if line.startswith("In "): block = []; blocks.append(block)
        elif block is not None: block.append(line)
      read = tomllib.loads if sys.argv[1] == "codex" else json.loads
      for block in blocks: print(json.dumps(read("\\n".join(block))))
      """
    let read = try Command("python3", ["-c", code, name]).run(input: .text(outcome.standardOutput))
    #expect(read.status == .success, "\(read.standardError)")
    let settings = try read.standardOutput.split(separator: "\n").map { try JSON(parsing: String($0)) }
    let servers = ["mcpServers", "mcp_servers", "servers"].map { settings[0][$0]["bgsh"] }.first { $0 != .null }
    let server = try #require(servers)
    #expect(server["command"] == .string(BuiltProducts.bgsh))
    #expect(server["args"].elements.prefix(2) == ["mcp", "--keep"])
    #expect((server["args"].elements.last == "--login") == (name == "codex"))
    if name == "claude" { #expect(settings[1]["permissions"]["deny"] == .array(["Bash"])) }
    if name == "codex" { #expect(server["tool_timeout_sec"] == 60) }
  }

  @Test func `an unknown host is refused, and says which there are`() throws {
    let outcome = try scratch.bgsh("mcp", "--print-config", "emacs")
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardError.contains("generic"))
  }
}
