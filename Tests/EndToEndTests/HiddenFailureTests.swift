import TestSupport
import Testing

/// A pipeline whose last member has succeeded, and another one has not.
struct HiddenFailureTests {
  static let lists: [(list: String, statuses: [Int64]?)] = [
    ("false | true", [1, 0]), ("(exit 3) | (exit 141) | cat /dev/null", [3, 141, 0]),
    ("true; false | true", [1, 0]), ("for i in 1; do false | true; done", [1, 0]), ("set -e; false | true", [1, 0]),
    ("false | { true; exit 0; }", [1, 0]),
    // The last pipeline counts; who has enough ends the one before; what fails says so itself.
    ("false | true; true", nil), ("yes | head -n 1", nil), ("false | (exit 4)", nil), ("true | true", nil),
    ("set -o pipefail; false | true", nil), ("false | true & wait", nil), ("if false | true; then :; fi; echo x", nil),
    ("exec true", nil), ("(false | true)", nil),
    // A condition's status, and what `!` turns round, hide nothing.
    ("while read l; do echo $l; done </dev/null", nil), ("if false; then :; fi", nil), ("! (exit 3)", nil),
    ("! (exit 3) | (exit 4)", nil), ("for i in 1 2; do if [ $i = 3 ]; then echo; fi; done", nil),
  ]

  private func json(_ statuses: [Int64]?) -> JSON { statuses.map { .array($0.map { .number($0) }) } ?? .null }

  @Test(arguments: lists)
  func `it is on record with the task`(list: String, statuses: [Int64]?) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "{ \(list); } &bg\nwait")
    #expect(try scratch.record(1)["pipe_status"] == json(statuses))
  }

  @Test func `a task that is killed has none`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "{ false | true; kill -9 $BASHPID; } &bg\nwait")
    #expect(try scratch.record(1)["pipe_status"] == .null)
    #expect(try scratch.record(1)["signal"] == "KILL")
  }

  @Test(arguments: lists)
  func `a call says it, and so does the task that it becomes`(list: String, statuses: [Int64]?) throws {
    let scratch = try ScratchState()
    let tool = try ToolConversation(scratch)
    let gate = try Gate(in: scratch)
    let result = try tool.run(list)
    let shown = statuses.map { " (pipeline: \($0.map(String.init).joined(separator: " ")))" } ?? ""
    #expect(result.text.contains(shown.isEmpty ? "[exit code " : "[exit code 0\(shown), "))
    #expect(result.text.contains("(pipeline:") == !shown.isEmpty)
    _ = try tool.run("read <gate; \(list)", #","bg_after":20"#)
    try gate.open()
    #expect(try scratch.waitForEnd(of: 1)["pipe_status"] == json(statuses))
  }

  @Test(arguments: [false, true])
  func `it is told to a supervisor that has taken the place of another`(isTask: Bool) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let tool = try ToolConversation(scratch)
    _ = try tool.run("read <gate; false | true", isTask ? #","run_in_background":true"# : #","bg_after":20"#)
    try scratch.waitForRecord(of: 1)
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    try gate.open()
    #expect(try scratch.waitForEnd(of: 1)["pipe_status"] == json([1, 0]))
  }
}
