import Agents
import TaskOperations
import Tasks
import Testing

struct ToolRequestTests {
  private func read(_ tool: ToolName, _ input: String) throws -> ToolRequest {
    try ToolRequest(tool: tool, input: try #require(JSONValue(reading: Array(input.utf8))))
  }

  private func call(_ input: String) throws -> ToolRequest.BashCall? {
    let value = try #require(JSONValue(reading: Array(input.utf8)))
    guard case .bash(let call) = try ToolRequest(tool: .bash, input: value) else { return nil }
    return call
  }

  @Test func `a call waits for its result for 44 seconds at most, counted from its arrival`() throws {
    let plain = try #require(try call(#"{"command":"a"}"#))
    #expect(plain.timeoutMilliseconds == 120_000)
    #expect(plain.patience(afterWaiting: 0) == 44_000)
    #expect(plain.patience(afterWaiting: 30_000) == 14_000)
    #expect(plain.patience(afterWaiting: 50_000) == 0)
    let soon = try #require(try call(#"{"command":"a","bg_after":"2000"}"#))
    #expect(soon.timeoutMilliseconds == nil)
    #expect(soon.patience(afterWaiting: 0) == 2_000)
    #expect(soon.patience(afterWaiting: 43_000) == 1_000)
    #expect(try call(#"{"command":"a","bg_after":1,"timeout":3600000}"#)?.timeoutMilliseconds == 3_600_000)
    #expect(try call(#"{"command":"a","timeout":3600000}"#)?.timeoutMilliseconds == 600_000)
  }

  @Test(arguments: [
    #"{"command":"npm test","run_in_background":true,"timeout":300000}"#,
    #"{"command":"npm test","is_background":"true","timeout":"300000"}"#,
    #"{"command":"npm test","run_in_background":1,"timeout":300000.0,"other":{}}"#,
  ])
  func `a call may be spelled in several ways`(input: String) throws {
    guard case .bash(let call) = try read(.bash, input) else { throw ToolProblem.noJSON }
    #expect(call.command == "npm test")
    #expect(call.runsInBackground)
    #expect(call.timeoutMilliseconds == 300_000)
  }

  @Test(arguments: [
    (#"{"command":"ls"}"#, 120_000), (#"{"command":"ls","timeout":null}"#, 120_000),
    (#"{"command":"ls","timeout":5}"#, 5), (#"{"command":"ls","timeout":9999999999}"#, 600_000),
    (#"{"command":"ls","timeout":1e300}"#, 600_000),
  ])
  func `a foreground call has a limit`(input: String, milliseconds: Int64) throws {
    guard case .bash(let call) = try read(.bash, input) else { throw ToolProblem.noJSON }
    #expect(call.timeoutMilliseconds == milliseconds)
  }

  @Test func `a background call has none of its own`() throws {
    guard case .bash(let call) = try read(.bash, #"{"command":"ls","run_in_background":true}"#) else {
      throw ToolProblem.noJSON
    }
    #expect(call.timeoutMilliseconds == nil)
  }

  @Test(arguments: [
    (#"{"task_id":7}"#, "@7"), (#"{"bash_id":"7"}"#, "@7"), (#"{"shell_id":"@7"}"#, "@7"),
    (#"{"job_id":"tests"}"#, "@tests"),
    (#"{"task_id":"@tests"}"#, "@tests"), (#"{"task_id":null,"bash_id":8}"#, "@8"), (#"{"task_id":"@@"}"#, "@@"),
  ])
  func `a task may be named in several ways`(input: String, reference: String) throws {
    guard case .kill(let task) = try read(.killShell, input) else { throw ToolProblem.noJSON }
    #expect(task.description == reference)
  }

  @Test(arguments: [
    (ToolName.bash, "{}"), (.bash, #"{"command":"  "}"#), (.bash, #"{"command":"a\u0000b"}"#),
    (.bash, #"{"command":"a","timeout":0}"#), (.bash, #"{"command":"a","notify_on":"("}"#),
    (.bash, #"{"command":"a","bg_after":-1}"#),
    (.bash, #"{"command":"a","run_in_background":"maybe"}"#), (.bash, "[]"), (.killShell, #"{"task_id":{}}"#),
    (.killShell, #"{"task_id":""}"#), (.wait, #"{"any":true,"all":true}"#), (.wait, #"{"until":"("}"#),
    (.bashOutput, #"{"task_id":1,"filter":5}"#),
  ])
  func `what cannot be meant is refused`(tool: ToolName, input: String) {
    #expect(throws: ToolProblem.self) { try read(tool, input) }
  }

  @Test func `other programs' names for tools are understood`() {
    #expect(ToolName("TaskOutput") == .bashOutput)
    #expect(ToolName("TaskStop") == .killShell)
    #expect(ToolName("bash") == nil)
  }
}
