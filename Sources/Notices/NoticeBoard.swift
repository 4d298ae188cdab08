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

  /// The lines to show, without line feeds and safe for a terminal.
  ///
  /// - Parameter digest: What matters in the output of a task; it is asked only for failures that are shown.
  package func lines(now: Timestamp = .now, digest: (BackgroundTask) -> [String]) -> [String] {
    var lines: [String] = []
    func show(_ notice: Notice) {
      lines.append(notice.headline(now: now))
      if notice.hasDigest { lines += digest(notice.task).map { "  " + $0 } }
    }
    guard notices.count > Limits.unfoldedNotices else {
      notices.forEach(show)
      return lines
    }
    let urgent = notices.filter { $0.notification.event.needsAttention }
    let others = notices.filter { !$0.notification.event.needsAttention }
    let rest = max(0, min(Limits.unfoldedRest, Limits.unfoldedNotices - urgent.count))
    urgent.prefix(Limits.unfoldedFailures).forEach(show)
    others.prefix(rest).forEach(show)
    let folded = Array(urgent.dropFirst(Limits.unfoldedFailures) + others.dropFirst(rest))
    if !folded.isEmpty { lines.append(Self.count(of: folded)) }
    return lines
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
    .failed, .killed, .timedOut, .lost, .waitingForInput, .skipped, .limited, .done,
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
  /// Whether the output of the task is worth a look.
  package var hasDigest: Bool {
    switch notification.event {
    case .failed, .timedOut, .killed, .lost: true
    case .done, .skipped, .waitingForInput, .limited: false
    }
  }
}
