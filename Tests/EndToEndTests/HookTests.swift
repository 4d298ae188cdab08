import Glibc
import TestSupport
import Testing

/// `bgsh hook`, called as hosts call it, beside the `bgsh tool` of the same host.
struct HookTests {
  private let scratch: ScratchState
  private let host: AgentHost

  init() throws {
    scratch = try ScratchState()
    host = try AgentHost(scratch)
  }

  private func event(_ name: String, _ more: String = "") -> String { #"{"hook_event_name":"\#(name)"\#(more)}"# }

  @Test(arguments: [
    ("claude", "PostToolBatch", "hookSpecificOutput"), ("claude", "Stop", "hookSpecificOutput"),
    ("codex", "PostToolUse", "hookSpecificOutput"), ("codex", "Stop", "reason"),
    ("gemini", "AfterTool", "hookSpecificOutput"), ("gemini", "AfterAgent", "reason"),
  ])
  func `what is due is told at an event, and nowhere else`(program: String, name: String, key: String) throws {
    let id = try host.launchFailure()
    let said = try host.hook(program, event: event(name))
    #expect(said.status == 0)
    let answer = try JSON(parsing: said.output)
    let text = (key == "reason" ? answer["reason"] : answer[key]["additionalContext"]).text ?? ""
    #expect(text.hasPrefix("[SYSTEM NOTIFICATION - NOT USER INPUT]\n<task-notification>\n<task-id>\(id)</task-id>\n"))
    #expect(text.contains("<output>\nFAIL: one\n</output>"))
    #expect(said.errors.isEmpty)
    #expect(try host.hook(program, event: event(name)).isNothing)
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `what a result has told no hook tells`() throws {
    _ = try host.launchFailure()
    #expect(try host.call("Tasks").notifications.contains("<status>failed</status>"))
    #expect(try host.hook("claude", event: event("PostToolBatch")).isNothing)
  }

  @Test func `nothing due is nothing said, started or written`() throws {
    // Beside no connection, and beside one that has done nothing.
    let other = try ScratchState()
    let outcome = try other.command(BuiltProducts.bgsh, "hook", "claude", "--wait").run(input: .text(event("Stop")))
    #expect(outcome.status == .success)
    #expect(outcome.standardOutput.isEmpty && outcome.standardError.isEmpty)
    #expect(FileTree.names(in: other.stateDirectory).isEmpty)
    #expect(other.survivors.isEmpty)
    #expect(try host.hook("claude", "--wait", event: event("Stop")).isNothing)
    #expect(FileTree.names(in: scratch.stateDirectory).isEmpty)
    _ = try host.run("true")
    #expect(try host.hook("claude", "--wait", event: event("Stop")).isNothing)
  }

  @Test func `an idle host is woken when a task has ended`() throws {
    let gate = try Gate(in: scratch)
    let id = try host.launch("read <gate; exit 3")
    let hook = try host.start([BuiltProducts.bgsh, "hook", "claude", "--wait"], event("Stop"))
    // Whether it has asked already makes no difference to what it says.
    try gate.open()
    let said = try host.ending(of: hook)
    #expect(said.status == 2)
    #expect(said.output.isEmpty)
    #expect(said.errors.contains("<task-id>\(id)</task-id>"))
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `of two that wait for the same one gives way`() throws {
    let gate = try Gate(in: scratch)
    _ = try host.launch("read <gate; exit 3")
    let hooks = try (0..<2).map { _ in
      try host.start([BuiltProducts.bgsh, "hook", "codex", "--wait"], event("Stop"))
    }
    // One that has ended is a zombie until the host asks for it.
    try waitUntil("one has ended") {
      scratch.survivors.count { $0.commandLine.hasSuffix("hook codex --wait") } == 1
    }
    try gate.open()
    let said = try hooks.map { try host.ending(of: $0) }
    #expect(said.allSatisfy { $0.status == 0 })
    #expect(said.count { $0.output.contains(#""decision":"block""#) } == 1)
    #expect(said.count { $0.isNothing } == 1)
  }

  @Test func `a limit ends the wait`() throws {
    _ = try host.launch("sleep 1000")
    #expect(try host.hook("codex", "--wait", "--timeout", "50ms", event: event("Stop")).isNothing)
  }

  @Test func `shells that hand on the event are passed over`() throws {
    let id = try host.launchFailure()
    let bgsh = BuiltProducts.bgsh
    #expect(
      try host.run(["sh", "-c", "sh -c '\(bgsh) hook claude; :'; :"], event("Stop")).output
        .contains("<task-id>\(id)</task-id>"))
    _ = try host.launchFailure()
    #expect(
      try host.run(["bash", "-c", "text=$(cat); printf '%s' \"$text\" | \(bgsh) hook claude; :"], event("Stop")).output
        .contains("<status>failed</status>"))
  }

  @Test func `no notice reaches another host`() throws {
    let id = try host.launchFailure()
    // One below the first, as an agent that runs another one, and one beside it.
    let program = "import subprocess, sys; subprocess.run(sys.argv[1:], input=b'\(event("Stop"))')"
    #expect(
      try host.run(["python3", "-c", program, BuiltProducts.bgsh, "hook", "claude"], "something").isNothing)
    let other = try AgentHost(scratch)
    _ = try other.run("true")
    #expect(try other.hook("claude", event: event("Stop")).isNothing)
    // One that a call of the connection runs.
    let text = try host.run(
      "echo '\(event("Stop"))' | '\(BuiltProducts.bgsh)' hook claude; echo status $?", #","session":"other""#
    ).text
    #expect(text.hasPrefix("status 0\n"))
    #expect(try host.call("Notifications").notifications.contains("<task-id>\(id)</task-id>"))
  }

  @Test func `a thread is told what is its own`() throws {
    let id = try host.launchFailure(#","session":"thread-a""#)
    _ = try host.run("true", #","session":"thread-b""#)
    #expect(try host.hook("codex", event: event("Stop", #","session_id":"thread-b""#)).isNothing)
    #expect(try host.hook("codex", event: event("Stop", #","session_id":"unknown""#)).isNothing)
    #expect(
      try host.hook("codex", event: event("Stop", #","session_id":"thread-a""#)).output
        .contains("<task-id>\(id)</task-id>"))
  }

  @Test func `an agent that another one has started is told nothing of what is due to the first`() throws {
    _ = try host.launchFailure()
    #expect(try host.hook("claude", event: event("PostToolUse", #","agent_id":"a1""#)).isNothing)
    #expect(try host.hook("claude", event: event("PostToolUse")).output.contains("<status>failed</status>"))
  }

  @Test func `what could not be written is told again, and says so`() throws {
    let id = try host.launchFailure()
    let said = try host.run(["sh", "-c", "exec '\(BuiltProducts.bgsh)' hook claude >&-"], event("Stop"))
    #expect(said.status == 1)
    let told = try host.call("Notifications").notifications
    #expect(told.contains("<task-id>\(id)</task-id>"))
    #expect(told.contains("<repeated>true</repeated>"))
  }

  @Test(arguments: [
    ("claude", #"{"hook_event_name":"PreToolUse"}"#, "nothing can be told claude at 'PreToolUse'"),
    ("gemini", "no JSON", "standard input has no event"), ("claude", "", "standard input has no event"),
    ("cluade", "{}", "cluade"), ("claude", "{}", "'hook_event_name'"),
  ])
  func `what cannot be meant is said with status 1, which blocks nothing`(
    program: String, text: String, message: String
  ) throws {
    let id = try host.launchFailure()
    let said = try host.hook(program, event: text)
    #expect(said.status == 1)
    #expect(said.errors.hasPrefix("bgsh: "))
    #expect(said.errors.contains(message))
    #expect(said.output.isEmpty)
    #expect(try host.call("Notifications").notifications.contains("<task-id>\(id)</task-id>"))
  }

  // MARK: Commands that the host runs by itself

  @Test func `a task of a command that the host has run is told to it, and to nobody else`() throws {
    let command = "{ until [ -e go ]; do sleep 0.01; done; exit 3; }"
    #expect(try host.run(["sh", "-c", "'\(BuiltProducts.bgsh)' -c '\(command) &bg'; :"], "").status == 0)
    // Later, as each session takes ids for itself.
    let shell = try ShellSession(in: scratch)
    let waiting = try host.start([BuiltProducts.bgsh, "hook", "claude", "--wait"], event("Stop"))
    try scratch.write("", to: "go")
    _ = try scratch.waitForEnd(of: 1)
    #expect(!(try shell.turn("true").contains("failed")))
    let said = try host.ending(of: waiting)
    #expect(said.status == 2)
    #expect(said.errors.contains("<task-id>1</task-id>"))
    #expect(try host.call("Notifications").blocks.count == 1)
  }

  @Test func `the nearest of several hosts is told`() throws {
    let outer = try AgentHost(scratch)
    // It starts the inner one by a command of its own.
    let program = """
      import subprocess, sys
      tool = subprocess.Popen([sys.argv[1], "tool"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
      tool.stdin.write('{"name":"Tasks","input":{}}' + chr(10)); tool.stdin.flush(); tool.stdout.readline()
      command = "{ until [ -e go ]; do sleep 0.01; done; exit 3; } &bg --name inner"
      subprocess.run([sys.argv[1], "-c", command], stderr=subprocess.DEVNULL)
      open("go", "w").close()
      for count in range(2):
          subprocess.run([sys.argv[1], "hook", "codex", "--wait"], input='{"hook_event_name":"Stop"}', text=True)
      """
    let said = try outer.run(["python3", "-c", program, BuiltProducts.bgsh], "")
    #expect(said.output.split(separator: "\n").count == 1)
    #expect(said.output.contains("<name>inner</name>"))
    #expect(try outer.call("Notifications").blocks.count == 1)
  }
}
