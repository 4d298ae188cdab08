import Agents
import TaskOperations
import Testing

struct HookEventTests {
  private func event(_ host: HookHost, _ name: String, _ more: String = "") throws -> HookEvent {
    try HookEvent(#require(JSONValue(reading: Array(#"{"hook_event_name":"\#(name)"\#(more)}"#.utf8))), of: host)
  }

  @Test(arguments: [
    (HookHost.claude, "PostToolBatch"), (.claude, "PostToolUse"), (.claude, "PostToolUseFailure"), (.claude, "Stop"),
    (.claude, "UserPromptSubmit"), (.claude, "SessionStart"), (.codex, "PostToolUse"), (.codex, "UserPromptSubmit"),
    (.codex, "SessionStart"), (.gemini, "AfterTool"), (.gemini, "BeforeAgent"), (.gemini, "SessionStart"),
  ])
  func `context is added`(host: HookHost, name: String) throws {
    #expect(
      try event(host, name).answer("a\n\"b\"", waits: false)
        == .output(#"{"hookSpecificOutput":{"hookEventName":"\#(name)","additionalContext":"a\n\"b\""}}"#))
  }

  @Test(arguments: [false, true])
  func `who stops goes on`(waits: Bool) throws {
    #expect(
      try event(.codex, "Stop").answer("a", waits: waits) == .output(#"{"decision":"block","reason":"a"}"#))
    #expect(
      try event(.gemini, "AfterAgent").answer("a", waits: waits) == .output(#"{"decision":"deny","reason":"a"}"#))
  }

  /// Of the others none may ever end with the status that blocks.
  @Test func `only Claude Code is woken, and never in place of a prompt`() throws {
    #expect(try event(.claude, "Stop").answer("a", waits: true) == .wake("a"))
    #expect(try event(.claude, "PostToolUse").answer("a", waits: true) == .wake("a"))
    let prompt = try event(.claude, "UserPromptSubmit")
    #expect(!prompt.mayWait)
    #expect(prompt.answer("a", waits: true) != .wake("a"))
    for host in [HookHost.codex, .gemini] {
      for name in ["PostToolUse", "Stop", "AfterTool", "AfterAgent", "SessionStart"] {
        guard let event = try? event(host, name) else { continue }
        #expect(event.answer("a", waits: true) != .wake("a"), "\(host) \(name)")
      }
    }
  }

  @Test(arguments: [
    (HookHost.claude, "PreToolUse"), (.claude, "AfterTool"), (.codex, "PostToolBatch"), (.codex, "PreToolUse"),
    (.gemini, "Stop"), (.gemini, "BeforeTool"), (.gemini, ""),
  ])
  func `where nothing can be told, that is said`(host: HookHost, name: String) {
    #expect(throws: HookProblem.cannotAnswer(host, name)) { _ = try event(host, name) }
  }

  @Test(arguments: ["[]", "1", "{}", #"{"hook_event_name":1}"#])
  func `what is no event is none`(text: String) throws {
    let value = try #require(JSONValue(reading: Array(text.utf8)))
    #expect(throws: HookProblem.noEvent) { _ = try HookEvent(value, of: .claude) }
  }

  @Test func `the session is named by the event`() throws {
    let event = try event(.codex, "Stop", #","session_id":"s","thread_id":"t","stop_hook_active":true"#)
    #expect(event.sessionNames == ["t", "s"])
    #expect(!event.isOfSubagent)
    #expect(try self.event(.claude, "PostToolUse", #","agent_id":"a""#).isOfSubagent)
  }
}
