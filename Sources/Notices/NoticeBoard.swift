package import ProcessControl
package import Tasks

/// The notices that one turn shows, as lines of text: all of them, or the important ones and a count.
package struct NoticeBoard: Sendable {
  /// Stands above what an earlier session left unshown.
  package static let awayHeading = "While you were away:"
  /// The same of one that has ended since this one began.
  package static let overHeading = "From a session that has ended:"

  /// How many notices of sessions that are over one prompt takes.
  package static let leftAtOnce = 2_000

  /// What to acknowledge once the lines have been shown: everything that was taken, stale or not.
  package let notificationIDs: [Int64]
  private let notices: [Notice]

  /// Takes what is due, in any order. What is stale by now is left out.
  package init(_ notices: [Notice]) {
    notificationIDs = notices.map(\.notification.id)
    self.notices = notices.filter { !$0.isStale }.sorted { $0.notification.id < $1.notification.id }
  }

  package var isEmpty: Bool { notices.isEmpty }

  /// The lines to show, without line feeds and safe for a terminal: at most half a screen.
  ///
  /// - Parameters:
  ///   - heading: What stands above them.
  ///   - details: What stands under a headline; it is asked only for those that are shown.
  package func lines(
    under heading: String? = nil, now: Timestamp = .now, style: NoticeStyle = .plain, details: (Notice) -> [String]
  ) -> [String] {
    let headings = heading.map { [$0] } ?? []
    let room = max(Limits.fewestRows, (style.rows ?? Limits.assumedRows) / 2) - headings.count
    guard notices.count <= room else { return headings + folded(in: room, now: now, style, details) }
    var rows = room
    var parts: [[String]] = []
    for notice in notices {
      var part = [notice.headline(now: now, style: style)]
      rows -= style.rows(of: part[0])
      if rows >= 0 {
        let under = Self.indented(details(notice), style)
        part += under
        rows -= under.reduce(0) { $0 + style.rows(of: $1) }
      }
      guard rows >= 0 else { return headings + folded(in: room, now: now, style, details) }
      parts.append(part)
    }
    return headings + parts.joined()
  }

  private static func indented(_ details: [String], _ style: NoticeStyle) -> [String] {
    details.map { line in
      guard line.hasPrefix(MiddleCut.ellipsis) else { return "  " + line }
      return "  " + style.ellipsis + line.dropFirst(MiddleCut.ellipsis.count)
    }
  }

  /// What needs attention first, with what is under it as far as there is room, then the others; what has no row is counted.
  private func folded(in room: Int, now: Timestamp, _ style: NoticeStyle, _ details: (Notice) -> [String]) -> [String] {
    let ordered = notices.filter(\.isUrgent) + notices.filter { !$0.isUrgent }
    // One row is for the count.
    var left = room - 1
    var shown: [(notice: Notice, lines: [String])] = []
    for notice in ordered {
      let line = notice.headline(now: now, style: style)
      left -= style.rows(of: line)
      // The first is shown however long its name is.
      guard left >= 0 || shown.isEmpty else { break }
      shown.append((notice, [line]))
    }
    left = max(0, room - 1 - shown.reduce(0) { $0 + style.rows(of: $1.lines[0]) })
    // What does not need attention gives way to why something has failed.
    let under = shown.map { $0.notice.isUrgent ? Self.indented(details($0.notice), style) : [] }
    for (index, lines) in under.enumerated() where !lines.isEmpty {
      let rows = lines.reduce(0) { $0 + style.rows(of: $1) }
      while left < rows, let last = shown.last, !last.notice.isUrgent, shown.count > index + 1 {
        left += style.rows(of: last.lines[0])
        shown.removeLast()
      }
      guard left >= rows else { break }
      left -= rows
      shown[index].lines += lines
    }
    let rest = Array(ordered.dropFirst(shown.count))
    return shown.flatMap(\.lines) + (rest.isEmpty ? [] : [Self.count(of: rest)])
  }

  /// `2 tasks of closed sessions run on: @56 long, @57 (jobs -a)`, as many of them as a row holds; nil for none.
  package static func outlook(_ tasks: [BackgroundTask], style: NoticeStyle = .plain) -> String? {
    guard !tasks.isEmpty else { return nil }
    let end = " (jobs -a)"
    var line =
      tasks.count == 1 ? "1 task of a closed session runs on: " : "\(tasks.count) tasks of closed sessions run on: "
    let room =
      (style.columns ?? Tasks.Limits.commandColumns) - DisplayWidth.of(end) - 2 - DisplayWidth.of(style.ellipsis)
    for (index, task) in tasks.enumerated() {
      let name = task.name.map { " \(VisibleText.line($0.text.utf8))" } ?? ""
      let part = "\(index == 0 ? "" : ", ")\(task.id)\(name)"
      // The first is named in any case.
      guard index == 0 || DisplayWidth.of(line) + DisplayWidth.of(part) <= room else {
        line += ", \(style.ellipsis)"
        break
      }
      line += part
    }
    return line + end
  }

  /// `and 12 more done`, `and 3 more failed, 12 done`.
  private static func count(of folded: [Notice]) -> String {
    var parts: [String] = []
    for event in countOrder {
      let count = folded.count { $0.notification.event == event }
      guard count > 0 else { continue }
      parts.append(parts.isEmpty ? "and \(count) more \(words(for: event))" : "\(count) \(words(for: event))")
    }
    return parts.joined(separator: ", ")
  }

  private static let countOrder: [TaskNotification.Event] = [
    .failed, .killed, .timedOut, .lost, .waitingForInput, .matched, .skipped, .limited, .done,
  ]

  private static func words(for event: TaskNotification.Event) -> String {
    switch event {
    case .timedOut: "timed out"
    case .limited: "over the limit of their output"
    case .waitingForInput: "waiting for input"
    default: event.rawValue
    }
  }
}

extension Notice {
  /// Whether it is shown before others.
  fileprivate var isUrgent: Bool { notification.event.needsAttention && !wasAskedFor }
}
