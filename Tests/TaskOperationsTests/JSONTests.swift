import ProcessControl
import TaskOperations
import TaskSamples
import Tasks
import Testing

struct JSONTests {
  @Test func `a record has its keys in their order`() {
    var task = BackgroundTask.sample(7, name: "e2e", command: "npm \"test\"", state: .exited(code: 1))
    task.endedBy = .limit
    task.usage = ResourceUsage(userMilliseconds: 1, systemMilliseconds: 2, peakMemoryKiB: 3)
    #expect(
      task.json.text == #"{"id":7,"name":"e2e","command":"npm \"test\"","description":null,"cwd":"/home/u/app","#
        + #""session":"1-1","state":"exited","exit_code":1,"signal":null,"ended_by":"limit","pid":null,"attempt":1,"#
        + #""queued_at":"1970-01-01T00:00:01.000Z","started_at":"1970-01-01T00:00:01.000Z","#
        + #""ended_at":"1970-01-01T00:00:02.000Z","duration_ms":null,"timeout_ms":null,"#
        + #""output":{"path":"/tmp/output/7/output","bytes":0,"dropped_bytes":0,"stderr_path":null},"#
        + #""usage":{"user_ms":1,"system_ms":2,"max_rss_kib":3},"pipe_status":null,"left_processes":0,"notify_on":null,"#
        + #""matched_line":null,"expected_ms":null,"executor":"local"}"#)
  }

  @Test func `elements of an array stand one a line, and what is not seen is escaped`() {
    let value = JSONValue.array([.object([("a", .string("\u{1b}\u{202e}\u{1f600}"))]), .bool(true), .array([.null])])
    #expect(value.text == "[{\"a\":\"\\u001b\\u202e\u{1f600}\"},\n true,\n [null]]")
    #expect(JSONValue.array([]).text == "[]")
  }
}
