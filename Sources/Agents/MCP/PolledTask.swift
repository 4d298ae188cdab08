package import ProcessControl
package import TaskOperations
package import Tasks

/// A task as the tasks extension shows it to a host, which asks for it again and again.
package struct PolledTask {
  private let task: BackgroundTask
  private let now: Timestamp

  package init(_ task: BackgroundTask, now: Timestamp = .now) {
    self.task = task
    self.now = now
  }

  /// What the extension says of a task, without its result.
  package var members: [(String, JSONValue)] {
    [
      ("taskId", .string(String(task.id.rawValue))), ("status", .string(status.rawValue)),
      ("statusMessage", .string(message)), ("createdAt", .string(task.queuedAt.rfc3339)),
      ("lastUpdatedAt", .string((task.endedAt ?? task.startedAt ?? task.queuedAt).rfc3339)), ("ttlMs", .null),
      ("pollIntervalMs", .number(pollMilliseconds)),
    ]
  }

  package enum Status: String, Sendable { case working, completed, cancelled }

  /// Whatever its exit code is, a task that has ended by itself is completed: `failed` is what cannot be answered.
  package var status: Status {
    switch task.state {
    case .live: .working
    case .ended(.killed) where task.endedBy == .kill || task.endedBy == .session: .cancelled
    case .ended(.skipped): .cancelled
    case .ended: .completed
    }
  }

  /// How soon it is worth asking again: a task that has run for long is not over the next moment.
  private var pollMilliseconds: Int64 {
    min(
      max((task.runningMilliseconds(now: now) ?? 0) / 10, Limits.shortestPollMilliseconds),
      Limits.longestPollMilliseconds)
  }

  /// One sentence that says how it is, or how it ended.
  package var message: String {
    let subject =
      "Background command \"\(task.description.map(PlainText.line) ?? CommandText.line(PlainText.line(task.command)))\""
    let duration = task.runningMilliseconds(now: now).map { DurationText.text(milliseconds: $0) }
    let after = duration.map { " after \($0)" } ?? ""
    switch task.state {
    case .live(.waitingForInput): return "\(subject) waits for input"
    case .live(let live): return "\(subject): \(live.rawValue)\(duration.map { " for \($0)" } ?? "")"
    case .ended(.exited(0)): return "\(subject) completed with exit code 0\(after)"
    case .ended(.exited(let code)): return "\(subject) failed with exit code \(code)\(after)"
    case .ended(.killed(let signal)):
      return "\(subject) was killed by SIG\(signal.name)\(task.endedBy.map { ", by \($0.rawValue)," } ?? "")\(after)"
    case .ended(.timedOut): return "\(subject) reached its time limit and was ended\(after)"
    case .ended(.skipped): return "\(subject) was skipped"
    case .ended(.lost): return "\(subject) is lost: nobody can know how it ended"
    }
  }

  /// The result of the call that the task has come from. Hosts may show it in one line, so each line is a whole.
  ///
  /// - Parameter lines: What is shown of its output.
  package func result(showing lines: [String]) -> JSONValue {
    var texts = ["\(message). Output: \(PlainText.line(task.output.path))"]
    texts += lines.map { "| \(PlainText.line($0))" }
    return .object(
      [("resultType", .string("complete"))]
        + OutgoingMessage.content(texts.joined(separator: "\n"), isError: !task.state.isSuccess))
  }
}
