import Notices
package import ProcessControl
package import Tasks

/// Tasks as a list shows them, oldest first.
package struct TaskList {
  package let rows: [Row]

  /// The tasks that a filter lets pass.
  ///
  /// - Parameter withRemains: Whether it is looked what ended tasks have left behind; tasks that have left something are in
  ///   the list then, however long ago they ended.
  package init(
    matching filter: TaskFilter, withRemains: Bool, by client: TaskClient, now: Timestamp = .now
  ) throws(OperationFailure) {
    var tasks = try client.tasks(matching: filter, now: now)
    guard withRemains else {
      self.init(tasks, now: now)
      return
    }
    let processes = try TaskProcesses(of: Set([client.scope(of: filter)].compactMap { $0 }), by: client)
    tasks += try client.tasksWithRemains(processes, matching: filter, besides: tasks)
    self.init(tasks, processes, now: now)
  }

  /// Some tasks, without those that a filter keeps back because of their states.
  package init(
    of tasks: [BackgroundTask], matching filter: TaskFilter, withRemains: Bool, by client: TaskClient,
    now: Timestamp = .now
  ) throws(OperationFailure) {
    let processes = withRemains ? try TaskProcesses(of: Set(tasks.map(\.session)), by: client) : nil
    self.init(tasks.filter(filter.lets), processes, now: now)
  }

  private init(_ tasks: [BackgroundTask], _ processes: TaskProcesses? = nil, now: Timestamp) {
    rows = tasks.map { task in
      let remains = task.state.isFinal ? (try? processes?.members(of: task)) ?? [] : []
      return Row(task: task, remains: remains.map(\.processID), now: now)
    }
  }

  package var json: JSONValue { .array(rows.map(\.task.json)) }
}

extension TaskList {
  /// One task, in words that are safe to show.
  package struct Row {
    let task: BackgroundTask
    /// What it left behind when it ended, as far as that was looked for.
    let remains: [Int32]
    let now: Timestamp

    package var hasEnded: Bool { task.endedAt != nil }

    package var id: String { task.id.description }
    package var state: String { task.stateSummary }
    /// How long it has been running, of its limit while it lives.
    package var time: String {
      guard let milliseconds = task.runningMilliseconds(now: now) else { return "-" }
      let limit = task.state.isFinal ? nil : task.timeoutMilliseconds
      return DurationText.text(milliseconds: milliseconds)
        + (limit.map { " of \(DurationText.text(milliseconds: $0))" } ?? "")
    }

    /// How long ago it ended; nil if it has not.
    package var age: String? {
      guard let endedAt = task.endedAt else { return nil }
      let seconds = max(0, now.milliseconds - endedAt.milliseconds) / 1_000
      return "\(DurationText.text(milliseconds: seconds * 1_000)) ago"
    }

    /// Its own, or those of what it left behind.
    package var processIDs: String {
      guard !remains.isEmpty else { return task.processID.map { String($0) } ?? "-" }
      let shown = remains.prefix(Self.shownProcesses).map { String($0) }.joined(separator: " ")
      return "left: \(shown)\(remains.count > Self.shownProcesses ? " …" : "")"
    }

    private static let shownProcesses = 3

    package var processorTime: String {
      guard let usage = task.usage else { return "-" }
      return DurationText.text(milliseconds: usage.userMilliseconds + usage.systemMilliseconds)
    }

    package var memory: String { task.usage.map { ByteCountText.text($0.peakMemoryKiB * 1_024) } ?? "-" }

    /// Empty without one.
    package var name: String { task.name.map { VisibleText.line($0.text.utf8) } ?? "" }
    package var command: String { CommandText.line(task.command) }

    /// The directory, with `~` for the user's home.
    package var directory: String {
      let path = task.workingDirectory
      if let home = HomeDirectory.path, !home.isEmpty, home != "/", path == home || path.hasPrefix(home + "/") {
        return VisibleText.word("~" + path.dropFirst(home.count))
      }
      return VisibleText.word(path)
    }
  }
}
