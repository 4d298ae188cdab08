package import Notices
import ProcessControl
import Tasks

/// What has happened to tasks, as a model is told of it.
package enum NotificationText {
  /// Stands above all of it.
  package static let heading = "[SYSTEM NOTIFICATION - NOT USER INPUT]"

  /// All that is due, the oldest first; nil for nothing.
  ///
  /// - Parameters:
  ///   - repeated: The notifications that may have been told before.
  ///   - digest: What matters in the output of a task.
  package static func text(
    _ notices: [Notice], repeated: Set<Int64> = [], digest: (Notice) -> [String]
  ) -> String? {
    let notices = notices.filter { !$0.isStale }
    guard !notices.isEmpty else { return nil }
    let urgent = notices.filter { $0.notification.event.needsAttention }
    let others = notices.filter { !$0.notification.event.needsAttention }
    let full =
      notices.count > Limits.fullNotifications ? Array((urgent + others).prefix(Limits.fullNotifications)) : notices
    var parts = [heading]
    parts += full.map { block($0, isRepeated: repeated.contains($0.notification.id), digest($0)) }
    let rest = (urgent + others).dropFirst(full.count)
    if !rest.isEmpty { parts.append(summary(rest)) }
    return parts.joined(separator: "\n")
  }

  private static func summary(_ notices: some Collection<Notice>) -> String {
    var counts: [(status: String, ids: [TaskID])] = []
    for notice in notices {
      let status = status(notice)
      if let index = counts.firstIndex(where: { $0.status == status }) {
        counts[index].ids.append(notice.task.id)
      } else {
        counts.append((status, [notice.task.id]))
      }
    }
    let words = counts.map { count in
      let shown = count.ids.prefix(20).map { String($0.rawValue) }.joined(separator: ", ")
      return "\(count.ids.count) \(count.status) (\(shown)\(count.ids.count > 20 ? ", …" : ""))"
    }
    return
      "And \(notices.count) more background tasks: \(words.joined(separator: "; ")). Tasks with \"all\": true lists them."
  }

  private static func block(_ notice: Notice, isRepeated: Bool, _ digest: [String]) -> String {
    let task = notice.task
    var lines = ["<task-notification>", element("task-id", String(task.id.rawValue))]
    if let name = task.name { lines.append(element("name", PlainText.line(name.text))) }
    lines.append(element("command", CommandText.line(PlainText.line(task.command))))
    lines.append(element("status", status(notice)))
    if isRepeated { lines.append(element("repeated", "true")) }
    if let code = task.state.exitCode { lines.append(element("exit-code", String(code))) }
    if let signal = task.state.signal { lines.append(element("signal", "SIG\(signal.name)")) }
    if let by = task.endedBy { lines.append(element("ended-by", by.rawValue)) }
    if let limit = task.timeoutMilliseconds, notice.notification.event == .timedOut {
      lines.append(element("limit", DurationText.text(milliseconds: limit)))
    }
    if let duration = task.durationMilliseconds {
      lines.append(element("duration", DurationText.text(milliseconds: duration)))
    }
    lines.append(element("summary", summary(notice)))
    lines.append(element("output-file", PlainText.line(task.output.path)))
    if let path = task.output.stderrPath { lines.append(element("stderr-file", PlainText.line(path))) }
    if !digest.isEmpty {
      lines.append("<output>")
      var room = Limits.notificationCharacters
      for line in digest.prefix(Limits.notificationLines) where room > 0 {
        let shown = String(PlainText.inTag(PlainText.line(line)).prefix(room))
        room -= shown.count
        lines.append(shown)
      }
      lines.append("</output>")
    }
    lines.append("</task-notification>")
    return lines.joined(separator: "\n")
  }

  private static func element(_ name: String, _ text: String) -> String {
    "<\(name)>\(PlainText.inTag(text))</\(name)>"
  }

  /// `completed`, `failed`, `killed`, `timed-out`, `lost`, `skipped`, `waiting-for-input`, `output-limited`.
  package static func status(_ notice: Notice) -> String {
    switch notice.notification.event {
    case .done: "completed"
    case .limited: "output-limited"
    default: notice.notification.event.rawValue
    }
  }

  private static func summary(_ notice: Notice) -> String {
    let task = notice.task
    let subject =
      "Background command \"\(task.description.map(PlainText.line) ?? CommandText.line(PlainText.line(task.command)))\""
    switch notice.notification.event {
    case .done: return "\(subject) completed with exit code 0"
    case .failed:
      return "\(subject) failed with \(Notice.exitText(task.state.exitCode).replacing("exit ", with: "exit code "))"
    case .killed:
      let signal = task.state.signal.map(Notice.signalText) ?? "a signal"
      return "\(subject) was killed (\(signal)\(task.endedBy.map { ", by \($0.rawValue)" } ?? ""))"
    case .timedOut:
      let limit = task.timeoutMilliseconds.map { " of \(DurationText.text(milliseconds: $0))" } ?? ""
      return "\(subject) reached its time limit\(limit) and was ended"
    case .skipped: return "\(subject) was skipped"
    case .lost: return "\(subject) is lost: nobody can know how it ended"
    case .waitingForInput: return "\(subject) waits for input"
    case .limited: return "\(subject) has written more than is kept; the middle of its output is dropped"
    }
  }
}
