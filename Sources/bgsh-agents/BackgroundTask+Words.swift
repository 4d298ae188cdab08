import Agents
import Notices
import ProcessControl
import TaskOperations
import Tasks

extension BackgroundTask {
  /// One line that says how it is, or how it ended.
  var statusLine: String {
    let subject = "task \(id.rawValue)" + (name.map { " (\(PlainText.line($0.text)))" } ?? "")
    let duration = runningMilliseconds(now: .now).map { DurationText.text(milliseconds: $0) }
    switch state {
    case .live(let live): return "[\(subject): \(live.rawValue)\(duration.map { " for \($0)" } ?? "")]"
    case .ended(let end):
      let by = endedBy.map { ", ended by \($0.rawValue)" } ?? ""
      let after = duration.map { ", after \($0)" } ?? ""
      switch end {
      case .exited(let code):
        let statuses = pipeStatus.map { " (pipeline: \($0.map { String($0) }.joined(separator: " ")))" } ?? ""
        let left = leftProcesses > 0 ? ", \(leftProcesses) of its processes left running" : ""
        return "[\(subject): exit code \(code)\(statuses)\(by)\(after)\(left)]"
      case .killed(let signal): return "[\(subject): killed by \(Notice.signalText(signal))\(by)\(after)]"
      case .timedOut:
        let limit = timeoutMilliseconds.map { " of \(DurationText.text(milliseconds: $0))" } ?? ""
        return "[\(subject): timed out, limit\(limit)\(after)]"
      case .skipped, .lost: return "[\(subject): \(end.text)\(after)]"
      }
    }
  }

  /// What `Tasks` shows of it: keys and spellings are those of `bgsh jobs --json`.
  func shortRecord(now: Timestamp) -> JSONValue {
    .object([
      ("id", .number(id.rawValue)),
      ("name", JSONValue(name.map { PlainText.line($0.text) })),
      ("command", .string(PlainText.line(command))),
      ("description", JSONValue(description.map(PlainText.line))),
      ("cwd", .string(PlainText.line(workingDirectory))),
      ("state", .string(state.text)),
      ("exit_code", JSONValue(state.exitCode)),
      ("signal", JSONValue(state.signal?.name)),
      ("ended_by", JSONValue(endedBy?.rawValue)),
      ("pipe_status", pipeStatus.map { .array($0.map { .number(Int64($0)) }) } ?? .null),
      ("left_processes", .number(Int64(leftProcesses))),
      ("pid", JSONValue(processID)),
      ("started_at", JSONValue(startedAt?.rfc3339)),
      ("duration_ms", JSONValue(runningMilliseconds(now: now))),
      ("timeout_ms", JSONValue(timeoutMilliseconds)),
      ("output", .object([("path", .string(output.path))])),
    ])
  }
}
