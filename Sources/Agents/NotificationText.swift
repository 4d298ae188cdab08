package import Notices
import ProcessControl
import Tasks

/// What has happened to tasks, as a model is told of it.
package enum NotificationText {
  /// Stands above all of it.
  package static let heading = "[SYSTEM NOTIFICATION - NOT USER INPUT]"

  /// All that is due; nil for nothing. Hosts cut what is longer than they like, so it has a bound: up to three
  /// notifications stand there in full, the oldest first; of more those that went wrong, and the others are counted.
  ///
  /// - Parameters:
  ///   - repeated: The notifications that may have been told before.
  ///   - digest: What matters in the output of a task.
  package static func text(
    _ notices: [Notice], repeated: Set<Int64> = [], digest: (Notice) -> [String]
  ) -> String? {
    let notices = notices.filter { !$0.isStale }
    guard !notices.isEmpty else { return nil }
    let isFolded = notices.count > Limits.fullNotifications
    let urgent = notices.filter { $0.notification.event.needsAttention }
    let others = notices.filter { !$0.notification.event.needsAttention }
    // Those that went wrong are the last to be left out.
    let candidates = isFolded ? Array(urgent.prefix(Limits.fullNotifications)) : urgent + others
    let summaryRoom = isFolded ? Self.summaryCharacters : notices.count > 1 ? Self.shortSummaryCharacters : 0
    var room = Limits.notificationsCharacters - heading.count - summaryRoom
    var full: [Int64: Block] = [:]
    for notice in candidates {
      let block = Block(notice, isRepeated: repeated.contains(notice.notification.id), digest(notice))
      guard block.leastCharacters <= room || full.isEmpty else { continue }
      room -= block.leastCharacters
      full[notice.notification.id] = block
    }
    var parts = [heading]
    var left = full.count
    for notice in isFolded ? candidates : notices {
      guard let block = full[notice.notification.id] else { continue }
      // What one does not need of its share is for those behind it.
      let share = max(0, room) / left
      let (text, used) = block.text(outputCharacters: min(share, Limits.notificationCharacters))
      parts.append(text)
      room -= used
      left -= 1
    }
    let rest = (urgent + others).filter { full[$0.notification.id] == nil }
    if !rest.isEmpty { parts.append(summary(rest, beside: full.count)) }
    return parts.joined(separator: "\n")
  }

  /// What the line about the others takes at most.
  private static let summaryCharacters = 500
  /// And where it is about two at most.
  private static let shortSummaryCharacters = 150

  /// How many there are of each kind, with as many numbers as there is room for.
  private static func summary(_ notices: [Notice], beside full: Int) -> String {
    var counts: [(status: String, ids: [TaskID])] = []
    for notice in notices {
      let status = status(notice)
      if let index = counts.firstIndex(where: { $0.status == status }) {
        counts[index].ids.append(notice.task.id)
      } else {
        counts.append((status, [notice.task.id]))
      }
    }
    var room = summaryCharacters - 150 - 30 * counts.count
    let words = counts.map { count in
      var shown: [String] = []
      for id in count.ids {
        let number = String(id.rawValue)
        guard room >= number.count + 2 else { break }
        room -= number.count + 2
        shown.append(number)
      }
      if shown.count < count.ids.count { shown.append("…") }
      return "\(count.ids.count) \(count.status) (\(shown.joined(separator: ", ")))"
    }
    let subject = "\(notices.count) \(full == 0 ? "" : "more ")background task\(notices.count == 1 ? "" : "s")"
    return
      "\(full == 0 ? "" : "And ")\(subject): \(words.joined(separator: "; ")). Tasks with \"all\": true lists them."
  }

  /// What is told of one of them.
  private struct Block {
    private let head: String
    private let digest: [String]
    private static let end = "</task-notification>"
    private static let (outputStart, outputEnd) = ("<output>\n", "</output>\n")

    /// How long it is without what matters in the output.
    var leastCharacters: Int {
      head.count + Self.end.count + 2 + (digest.isEmpty ? 0 : Self.outputStart.count + Self.outputEnd.count)
    }

    init(_ notice: Notice, isRepeated: Bool, _ digest: [String]) {
      let task = notice.task
      var lines = ["<task-notification>", element("task-id", String(task.id.rawValue))]
      if let name = task.name { lines.append(element("name", PlainText.line(name.text))) }
      lines.append(element("command", CommandText.line(PlainText.line(task.command))))
      lines.append(element("status", status(notice)))
      if isRepeated { lines.append(element("repeated", "true")) }
      if let code = task.state.exitCode { lines.append(element("exit-code", String(code))) }
      if let statuses = task.pipeStatus {
        lines.append(element("pipe-status", statuses.map { String($0) }.joined(separator: " ")))
      }
      if task.leftProcesses > 0 { lines.append(element("left-processes", String(task.leftProcesses))) }
      if let signal = task.state.signal { lines.append(element("signal", "SIG\(signal.name)")) }
      if let by = task.endedBy { lines.append(element("ended-by", by.rawValue)) }
      if let limit = task.timeoutMilliseconds, notice.notification.event == .timedOut {
        lines.append(element("limit", DurationText.text(milliseconds: limit)))
      }
      if let duration = task.durationMilliseconds {
        lines.append(element("duration", DurationText.text(milliseconds: duration)))
      }
      if notice.notification.event == .matched, let line = task.matchedLine {
        lines.append(element("matched-line", PlainText.line(line)))
      }
      lines.append(element("summary", summary(notice)))
      lines.append(element("output-file", PlainText.line(task.output.path)))
      if let path = task.output.stderrPath { lines.append(element("stderr-file", PlainText.line(path))) }
      head = lines.joined(separator: "\n") + "\n"
      self.digest = digest.prefix(Limits.notificationLines).map { PlainText.inTag(PlainText.line($0)) }
    }

    /// - Returns: The text, and how many characters of the output are in it.
    func text(outputCharacters: Int) -> (text: String, used: Int) {
      var room = outputCharacters
      var lines: [String] = []
      for line in digest where room > 1 {
        let shown = String(line.prefix(room - 1))
        room -= shown.count + 1
        lines.append(shown)
      }
      let output = lines.isEmpty ? "" : Self.outputStart + lines.joined(separator: "\n") + "\n" + Self.outputEnd
      return (head + output + Self.end, outputCharacters - room)
    }
  }

  private static func element(_ name: String, _ text: String) -> String {
    "<\(name)>\(PlainText.inTag(text))</\(name)>"
  }

  /// `completed`, `failed`, `killed`, `timed-out`, `lost`, `skipped`, `waiting-for-input`, `output-limited`, `matched`.
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
      "Background command \"\(CommandText.line(PlainText.line(task.description ?? task.command)))\""
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
    case .matched:
      return "\(subject) goes on and has written a line that matches \"\(PlainText.line(task.notifyPattern ?? ""))\""
    }
  }
}
