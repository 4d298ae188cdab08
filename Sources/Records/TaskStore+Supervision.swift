package import ProcessControl
package import SupervisorProtocol
package import Tasks

/// What a supervisor keeps on record for another one, which takes its place when it dies.
extension TaskStore {
  /// A live task, with what only its supervisor needs to know.
  package struct Supervised: Hashable, Sendable {
    package var task: BackgroundTask
    package var supervision: Supervision

    package init(task: BackgroundTask, supervision: Supervision) {
      self.task = task
      self.supervision = supervision
    }
  }

  /// What the supervisor of a live task needs to know. Its moments are those of one boot.
  package struct Supervision: Hashable, Sendable {
    package var startedInstant: MonotonicInstant?
    /// Time paused so far, in milliseconds.
    package var pausedMilliseconds: Int64 = 0
    package var pausedSince: MonotonicInstant?
    /// Who ends it, if somebody does.
    package var endedBy: EndedBy?
    /// How its leader ended, while the rest of its tree has not.
    package var leaderEnd: ShellReport.Child?
    /// Before which start, in clock ticks after boot, a process is none of the task's; nil where that is no question.
    package var sinceTicks: UInt64?

    package init(
      startedInstant: MonotonicInstant? = nil, pausedMilliseconds: Int64 = 0, pausedSince: MonotonicInstant? = nil,
      endedBy: EndedBy? = nil, leaderEnd: ShellReport.Child? = nil, sinceTicks: UInt64? = nil
    ) {
      self.startedInstant = startedInstant
      self.pausedMilliseconds = pausedMilliseconds
      self.pausedSince = pausedSince
      self.endedBy = endedBy
      self.leaderEnd = leaderEnd
      self.sinceTicks = sinceTicks
    }
  }

  /// Takes the next ids for a session, which nobody else will ever get unless they are returned.
  package func reserveTaskIDs(_ count: Int, for session: SessionID) throws(StoreError) -> [TaskID] {
    try connection.write { () throws(StoreError) in
      let ids = try reserveTaskIDs(count)
      for id in ids { try reserve(id, for: session) }
      return ids
    }
  }

  /// Gives unused ids back. One is handed out again once every later one has come back, too.
  package func returnReservedTaskIDs(_ ids: [TaskID]) throws(StoreError) {
    try connection.write { () throws(StoreError) in
      for id in ids {
        try connection.run(
          """
          UPDATE supervision SET session = '' WHERE task_id = ?1 AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?1)
          """,
          .integer(id.rawValue))
      }
      while true {
        let last = try connection.integer("SELECT value FROM sequence WHERE name = 'task'")
        guard let last,
          try connection.run("DELETE FROM supervision WHERE task_id = ? AND session = ''", .integer(last)) == 1
        else { return }
        try connection.run("UPDATE sequence SET value = value - 1 WHERE name = 'task'")
      }
    }
  }

  /// Forgets an id whose task was refused. The id was shown, so no other task gets it.
  package func forgetReservedTaskID(_ id: TaskID) throws(StoreError) {
    try forgetSupervision(of: id)
  }

  /// The ids that were given to a session and have no task.
  package func reservedTaskIDs(of session: SessionID) throws(StoreError) -> [TaskID] {
    try connection.rows(
      """
      SELECT task_id FROM supervision WHERE session = ? AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = task_id)
      ORDER BY task_id
      """,
      .text(session.rawValue)
    ) { TaskID(rawValue: $0.integer(0)) }
  }

  /// The sessions that have something under way, or had when they died.
  package func supervisedSessions() throws(StoreError) -> [SessionID] {
    let names = try connection.rows("SELECT DISTINCT session FROM supervision WHERE session <> ''") {
      SessionID(rawValue: $0.text(0))
    }
    return names.compactMap { $0 }
  }

  /// Records a new task that is supervised from a moment on.
  package func insert(
    _ task: BackgroundTask, startedInstant: MonotonicInstant, sinceTicks: UInt64? = nil
  ) throws(StoreError) {
    try connection.write { () throws(StoreError) in
      // This may be the second try, after a first one that succeeded although an error came back.
      if let known = try self.task(task.id), known.session == task.session, known.processID == task.processID { return }
      try insert(task)
      try connection.run(
        "INSERT OR REPLACE INTO supervision (task_id, session, started_ns, since_ticks) VALUES (?, ?, ?, ?)",
        .integer(task.id.rawValue), .text(task.session.rawValue), .integer(startedInstant.nanoseconds),
        .init(sinceTicks.map(Int64.init(clamping:))))
    }
  }

  /// Puts what a session has under way into a database that has been put in the place of another one: its live tasks, and
  /// the ids that it has given out. What is on record there already stays as it is.
  package func restore(
    _ tasks: [Supervised], reserved: [TaskID], of session: SessionID, highestID: Int64
  ) throws(StoreError) {
    try connection.write { () throws(StoreError) in
      // No id is given out twice.
      let known = tasks.map(\.task.id.rawValue) + reserved.map(\.rawValue)
      try skipTaskIDs(to: known.reduce(highestID, max))
      for entry in tasks where try task(entry.task.id) == nil {
        try insert(
          entry.task, startedInstant: entry.supervision.startedInstant ?? .now,
          sinceTicks: entry.supervision.sinceTicks)
        try keep(entry.supervision, of: entry.task.id)
      }
      for id in reserved { try reserve(id, for: session) }
    }
  }

  private func reserve(_ id: TaskID, for session: SessionID) throws(StoreError) {
    try connection.run(
      "INSERT OR REPLACE INTO supervision (task_id, session) VALUES (?, ?)", .integer(id.rawValue),
      .text(session.rawValue))
  }

  /// Keeps what has become known about a live task.
  package func keep(_ supervision: Supervision, of id: TaskID) throws(StoreError) {
    try connection.run(
      """
      UPDATE supervision SET started_ns = ?, paused_ms = ?, paused_since_ns = ?, ended_by = ?, leader_end = ?
      WHERE task_id = ?
      """,
      .init(supervision.startedInstant?.nanoseconds), .integer(supervision.pausedMilliseconds),
      .init(supervision.pausedSince?.nanoseconds), .init(supervision.endedBy?.rawValue),
      .init(supervision.leaderEnd?.text), .integer(id.rawValue))
  }

  /// The live tasks of a session, for a supervisor that takes them over.
  package func supervisedTasks(of session: SessionID) throws(StoreError) -> [Supervised] {
    var kept: [TaskID: Supervision] = [:]
    let rows = try connection.rows(
      """
      SELECT task_id, started_ns, paused_ms, paused_since_ns, ended_by, leader_end, since_ticks FROM supervision WHERE session = ?
      """,
      .text(session.rawValue)
    ) { row in
      (
        TaskID(rawValue: row.integer(0)),
        Supervision(
          startedInstant: row.optionalInteger(1).map(MonotonicInstant.init(nanoseconds:)),
          pausedMilliseconds: row.integer(2),
          pausedSince: row.optionalInteger(3).map(MonotonicInstant.init(nanoseconds:)),
          endedBy: row.optionalText(4).flatMap(EndedBy.init(rawValue:)),
          leaderEnd: row.optionalText(5).flatMap { ShellReport.Child(text: $0) },
          sinceTicks: row.optionalInteger(6).map(UInt64.init(clamping:)))
      )
    }
    for (id, supervision) in rows { kept[id] = supervision }
    return try liveTasks(session: session).map { Supervised(task: $0, supervision: kept[$0.id] ?? Supervision()) }
  }

  /// Forgets what only the supervisor of a task needed.
  func forgetSupervision(of id: TaskID) throws(StoreError) {
    try connection.run("DELETE FROM supervision WHERE task_id = ?", .integer(id.rawValue))
  }
}
