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

  /// Some tasks, without those that a filter for states keeps back.
  package init(
    of tasks: [BackgroundTask], in states: Set<String>?, withRemains: Bool, by client: TaskClient,
    now: Timestamp = .now
  ) throws(OperationFailure) {
    let processes = withRemains ? try TaskProcesses(of: Set(tasks.map(\.session)), by: client) : nil
    self.init(tasks.filter { states?.contains($0.state.text) ?? true }, processes, now: now)
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
    package var time: String { task.runningMilliseconds(now: now).map { DurationText.text(milliseconds: $0) } ?? "-" }

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

    /// Its command, and its name.
    package var subject: String { Notice.subject(command: task.command, name: task.name) }
    /// What stands for the name at the end of ``subject``; empty without a name.
    package var nameMark: String { task.name.map { " (@\(VisibleText.word($0.text)))" } ?? "" }

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
