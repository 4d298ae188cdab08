package import Notices
package import ProcessControl
package import Tasks

extension BackgroundTask {
  /// The record as `jobs --json` prints it: the keys are those that bgsh-jobs(1) lists, and every key is there.
  package var json: JSONValue {
    .object([
      ("id", .number(id.rawValue)),
      ("name", JSONValue(name?.text)),
      ("command", .string(command)),
      ("description", JSONValue(description)),
      ("cwd", .string(workingDirectory)),
      ("session", .string(session.rawValue)),
      ("state", .string(state.text)),
      ("exit_code", JSONValue(state.exitCode)),
      ("signal", JSONValue(state.signal?.name)),
      ("ended_by", JSONValue(endedBy?.rawValue)),
      ("pid", JSONValue(processID)),
      ("attempt", JSONValue(attempt)),
      ("queued_at", .string(queuedAt.rfc3339)),
      ("started_at", JSONValue(startedAt?.rfc3339)),
      ("ended_at", JSONValue(endedAt?.rfc3339)),
      ("duration_ms", JSONValue(durationMilliseconds)),
      ("timeout_ms", JSONValue(timeoutMilliseconds)),
      (
        "output",
        .object([
          ("path", .string(output.path)),
          ("bytes", .number(currentOutputBytes)),
          ("dropped_bytes", .number(currentDroppedBytes)),
          ("stderr_path", JSONValue(output.stderrPath)),
        ])
      ),
      (
        "usage",
        .object([
          ("user_ms", JSONValue(usage?.userMilliseconds)),
          ("system_ms", JSONValue(usage?.systemMilliseconds)),
          ("max_rss_kib", JSONValue(usage?.peakMemoryKiB)),
        ])
      ),
      ("pipe_status", pipeStatus.map { .array($0.map { .number(Int64($0)) }) } ?? .null),
      ("left_processes", .number(Int64(leftProcesses))),
      ("notify_on", JSONValue(notifyPattern)),
      ("matched_line", JSONValue(matchedLine)),
      ("expected_ms", .null),
      ("executor", .string("local")),
    ])
  }

  /// The size of the output: on record once the task has ended, else what its files have now.
  package var currentOutputBytes: Int64 { sum(orOnRecord: output.bytes) { $0.size + $0.overwrittenBytes } }

  /// How many bytes of the output were dropped: on record once the task has ended, else what its files show now.
  package var currentDroppedBytes: Int64 {
    sum(orOnRecord: output.droppedBytes) { $0.missingBytes + $0.overwrittenBytes }
  }

  private func sum(orOnRecord recorded: Int64, of bytes: (borrowing CapturedOutput) -> Int64) -> Int64 {
    guard !state.isFinal else { return recorded }
    var sum: Int64 = 0
    for file in output.files {
      guard let captured = try? CapturedOutput(of: self, file) else { return recorded }
      sum += bytes(captured)
    }
    return sum
  }

  /// How long it ran, or has been running by the wall clock; nil if it never started.
  package func runningMilliseconds(now: Timestamp) -> Int64? {
    if let durationMilliseconds { return durationMilliseconds }
    guard let startedAt else { return nil }
    return max(0, (endedAt ?? now).milliseconds - startedAt.milliseconds)
  }

  /// The line that told, or would have told, of its end; nil while it lives.
  package func endHeadline(style: NoticeStyle = .plain) -> String? {
    guard let end = state.end, let endedAt else { return nil }
    let notification = TaskNotification(
      id: 0, taskID: id, session: session, event: TaskNotification.Event(end), at: endedAt)
    return Notice(notification: notification, task: self).headline(now: endedAt, style: style)
  }

  /// What has become of it, in the words of notices: `running`, `failed (exit 1)`, `killed (SIGTERM, by kill)`.
  package var stateSummary: String {
    switch state {
    case .live(.waitingForInput): "waiting for input"
    case .live(let live): live.rawValue
    case .ended(let end):
      Notice(
        notification: TaskNotification(
          id: 0, taskID: id, session: session, event: TaskNotification.Event(end), at: endedAt ?? queuedAt), task: self
      ).stateText
    }
  }
}
