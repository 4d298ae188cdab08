package import Notices
package import ProcessControl
package import Tasks

/// The queue of notifications, as readers drain it.
extension TaskStore {
  /// What is due to a session and nobody has seen, oldest first.
  package func dueNotifications(for session: SessionID) throws(StoreError) -> [TaskNotification] {
    try notifications("WHERE session = ? AND delivered_at IS NULL ORDER BY id", .text(session.rawValue))
  }

  /// What is due about some tasks and a session may tell, oldest first, ready to be shown.
  package func dueNotices(
    of tasks: some Collection<TaskID>, for session: SessionID
  ) throws(StoreError) -> [Notice] {
    guard !tasks.isEmpty else { return [] }
    let waiting = try waitingSessions(for: session)
    let readable = Set(waiting.own + waiting.left + [session])
    var due: [TaskNotification] = []
    for chunk in Array(tasks).chunks(of: Limits.idsPerQuery) {
      // The index is named, because SQLite would choose the one over all that is due to the session, which may be much
      // more.
      due += try notifications(
        "INDEXED BY notifications_of_task WHERE task_id IN (\(Self.placeholders(chunk.count))) AND delivered_at IS NULL",
        values: chunk.map { .integer($0.rawValue) })
    }
    return try notices(for: due.filter { readable.contains($0.session) }.sorted { $0.id < $1.id })
  }

  /// What is due and a session may tell, ready to be shown.
  package func dueNotices(for session: SessionID) throws(StoreError) -> [Notice] {
    let waiting = try waitingSessions(for: session)
    return try dueNotices(of: Array(Set(waiting.own + waiting.left + [session])))
  }

  /// What is due of some sessions and nobody has seen, oldest first, ready to be shown; at most so many.
  package func dueNotices(of sessions: [SessionID], limit: Int = .max) throws(StoreError) -> [Notice] {
    var due: [TaskNotification] = []
    for chunk in sessions.chunks(of: Limits.idsPerQuery) {
      due += try notifications(
        "INDEXED BY notifications_due WHERE session IN (\(Self.placeholders(chunk.count))) AND delivered_at IS NULL "
          + "ORDER BY id LIMIT ?",
        values: chunk.map { .text($0.rawValue) } + [.integer(Int64(clamping: limit))])
    }
    return try notices(for: due.sorted { $0.id < $1.id }.prefix(limit))
  }

  /// What is due of one session and nobody has seen, oldest first, ready to be shown: in one look.
  package func dueNotices(of session: SessionID) throws(StoreError) -> [Notice] {
    try connection.rows(Self.dueOfSession, .text(session.rawValue)) { (row) throws(StoreError) in
      Notice(
        notification: try Self.notification(from: row, after: TaskRecord.columnCount),
        task: try TaskRecord.task(from: row))
    }
  }

  private static let dueOfSession = """
    SELECT \(TaskRecord.qualifiedColumns), \(notificationColumns)
    FROM notifications INDEXED BY notifications_due JOIN tasks ON tasks.id = notifications.task_id
    WHERE notifications.session = ? AND delivered_at IS NULL ORDER BY notifications.id
    """

  /// The sessions of which something is to be told that nobody has seen, as a reader sees them.
  package struct WaitingSessions: Hashable, Sendable {
    /// The reader itself, and those that are over and are the reader's to tell of: scripts that ran in it, and the session
    /// whose place it has taken.
    package var own: [SessionID] = []
    /// Sessions that are over and have no session that tells of them: any interactive session may.
    package var left: [SessionID] = []
  }

  /// Finds them. A session is over once its shell is recorded to have ended.
  ///
  /// - Parameter reader: nil for one that is no session.
  package func waitingSessions(for reader: SessionID?) throws(StoreError) -> WaitingSessions {
    // This goes from one session to the next in the index, because each can have many notifications.
    let rows = try connection.rows(
      """
      WITH RECURSIVE waiting (id) AS (
        SELECT min(session) FROM notifications INDEXED BY notifications_untold WHERE delivered_at IS NULL AND silent = 0
        UNION ALL
        SELECT (
          SELECT min(session) FROM notifications INDEXED BY notifications_untold
          WHERE delivered_at IS NULL AND silent = 0 AND session > waiting.id)
        FROM waiting WHERE waiting.id IS NOT NULL)
      SELECT waiting.id, sessions.id IS NULL OR sessions.ended_at IS NOT NULL, teller.id, sessions.hosts, sessions.boot_id
      FROM waiting
      LEFT JOIN sessions ON sessions.id = waiting.id
      LEFT JOIN sessions AS teller ON teller.id = sessions.teller AND teller.ended_at IS NULL
      WHERE waiting.id IS NOT NULL
      """
    ) { row in
      (
        session: SessionID(rawValue: row.text(0)), isOver: row.integer(1) != 0,
        teller: row.optionalText(2).flatMap(SessionID.init(rawValue:)),
        hosts: row.optionalText(3).map { (path: $0, bootID: row.optionalText(4) ?? "") }
      )
    }
    var waiting = WaitingSessions()
    for case (let session?, let isOver, let teller, let hosts) in rows {
      // What was started below an agent is told to that.
      if isOver, session != reader, let hosts, Boot.isCurrent(hosts.bootID),
        HostProcess.nearestServed(in: hosts.path) != nil
      {
        continue
      }
      if session == reader || isOver && reader != nil && teller == reader {
        waiting.own.append(session)
      } else if isOver, teller == nil {
        waiting.left.append(session)
      }
    }
    // A script tells of its own tasks only.
    if let reader, !waiting.left.isEmpty, try session(reader)?.kind != .interactive { waiting.left = [] }
    return waiting
  }

  /// What is due of scripts that are over and were started below an agent's process, ready to be shown.
  package func dueNotices(startedBelow host: HostProcess) throws(StoreError) -> [Notice] {
    let sessions = try connection.rows(
      """
      SELECT DISTINCT sessions.id, sessions.hosts FROM notifications INDEXED BY notifications_untold
      JOIN sessions ON sessions.id = notifications.session
      WHERE delivered_at IS NULL AND silent = 0 AND sessions.ended_at IS NOT NULL AND sessions.boot_id = ?
        AND instr(sessions.hosts, ?)
      """, .text(Boot.identifier), .text(HostProcess.path([host]))
    ) { (id: SessionID(rawValue: $0.text(0)), hosts: $0.text(1)) }
    return try dueNotices(of: sessions.filter { HostProcess.nearestServed(in: $0.hosts) == host }.compactMap(\.id))
  }

  /// How many tasks of such scripts have not ended.
  package func runningCount(startedBelow host: HostProcess) throws(StoreError) -> Int {
    let count = try connection.integer(
      """
      SELECT count(*) FROM tasks INDEXED BY tasks_live JOIN sessions ON sessions.id = tasks.session
      WHERE tasks.ended_at IS NULL AND sessions.ended_at IS NOT NULL AND sessions.boot_id = ? AND instr(sessions.hosts, ?)
      """, .text(Boot.identifier), .text(HostProcess.path([host])))
    return Int(count ?? 0)
  }

  /// Adds the tasks to their notifications; one whose task has been dropped is left out.
  package func notices(for notifications: some Sequence<TaskNotification>) throws(StoreError) -> [Notice] {
    var tasks: [TaskID: BackgroundTask] = [:]
    for task in try self.tasks(Set(notifications.map(\.taskID))) { tasks[task.id] = task }
    return notifications.compactMap { notification in
      tasks[notification.taskID].map { Notice(notification: notification, task: $0) }
    }
  }

  /// Records that notifications have been shown, and returns those that nobody had acknowledged before.
  @discardableResult
  package func acknowledge(
    _ ids: some Collection<Int64>, by session: SessionID?, at moment: Timestamp = .now
  ) throws(StoreError) -> [Int64] {
    guard !ids.isEmpty else { return [] }
    return try connection.write { () throws(StoreError) in
      var taken: [Int64] = []
      for id in ids {
        let changed = try connection.run(
          "UPDATE notifications SET delivered_at = ?, delivered_by = ? WHERE id = ? AND delivered_at IS NULL",
          .integer(moment.milliseconds), .init(session?.rawValue), .integer(id))
        if changed == 1 { taken.append(id) }
      }
      return taken
    }
  }

  /// What there has been, shown or not, newest last.
  package func notificationHistory(limit: Int) throws(StoreError) -> [TaskNotification] {
    try notifications("ORDER BY id DESC LIMIT ?", .integer(Int64(limit))).reversed()
  }

  /// What there has been about one task, oldest first.
  package func notifications(of task: TaskID) throws(StoreError) -> [TaskNotification] {
    try notifications("WHERE task_id = ? ORDER BY id", .integer(task.rawValue))
  }

  private func notifications(
    _ condition: String, _ values: SQLiteConnection.Value...
  ) throws(StoreError) -> [TaskNotification] {
    try notifications(condition, values: values)
  }

  private func notifications(
    _ condition: String, values: [SQLiteConnection.Value]
  ) throws(StoreError) -> [TaskNotification] {
    let sql = "SELECT \(Self.notificationColumns) FROM notifications \(condition)"
    return try connection.rows(sql, values: values) { (row) throws(StoreError) in
      try Self.notification(from: row, after: 0)
    }
  }

  private static let notificationColumns =
    "notifications.id, notifications.task_id, notifications.session, notifications.event, notifications.at, "
    + "notifications.delivered_at"

  /// Reads a notification from a row in which its columns stand behind others.
  private static func notification(
    from row: SQLiteConnection.Row, after others: Int32
  ) throws(StoreError) -> TaskNotification {
    guard let session = SessionID(rawValue: row.text(others + 2)),
      let event = TaskNotification.Event(rawValue: row.text(others + 3))
    else { throw StoreError.other(code: 0, message: "a notification of @\(row.integer(others + 1)) cannot be read") }
    return TaskNotification(
      id: row.integer(others), taskID: TaskID(rawValue: row.integer(others + 1)), session: session, event: event,
      at: Timestamp(milliseconds: row.integer(others + 4)),
      deliveredAt: row.optionalInteger(others + 5).map(Timestamp.init(milliseconds:)))
  }
}
