package import ProcessControl

/// The queue of notifications, as readers drain it.
extension TaskStore {
  /// What is due to a session and nobody has seen, oldest first.
  package func dueNotifications(for session: SessionID) throws(StoreError) -> [TaskNotification] {
    try notifications("WHERE session = ? AND delivered_at IS NULL ORDER BY id", .text(session.rawValue))
  }

  /// What is due about some tasks of a session and nobody has seen, oldest first, ready to be shown.
  package func dueNotices(
    of tasks: some Collection<TaskID>, for session: SessionID
  ) throws(StoreError) -> [Notice] {
    var due: [TaskNotification] = []
    for chunk in Array(tasks).chunks(of: Limits.idsPerQuery) {
      // The index is named: all that is due to the session may be much more.
      due += try notifications(
        "INDEXED BY notifications_of_task WHERE task_id IN (\(Self.placeholders(chunk.count))) "
          + "AND session = ? AND delivered_at IS NULL",
        values: chunk.map { .integer($0.rawValue) } + [.text(session.rawValue)])
    }
    return try notices(for: due.sorted { $0.id < $1.id })
  }

  /// ``dueNotifications(for:)`` with their tasks, ready to be shown.
  package func dueNotices(for session: SessionID) throws(StoreError) -> [Notice] {
    try notices(for: try dueNotifications(for: session))
  }

  /// What interactive sessions that are over left unshown, oldest first.
  ///
  /// A session is over once its shell is recorded to have ended, or when it has neither a supervisor nor a shell.
  ///
  /// - Parameter isAlive: Whether a session still has a supervisor.
  package func notificationsLeftBehind(
    excluding session: SessionID?, isAlive: (SessionID) -> Bool
  ) throws(StoreError) -> [TaskNotification] {
    // Not from the notifications: those of scripts, which nobody may ever ask for, can be many.
    let waiting = try sessions(
      "WHERE kind = 'interactive' AND EXISTS (SELECT 1 FROM notifications INDEXED BY notifications_due "
        + "WHERE session = sessions.id AND delivered_at IS NULL)")
    var result: [TaskNotification] = []
    for origin in waiting where origin.id != session {
      guard origin.endedAt != nil || !(isAlive(origin.id) || origin.hasShell) else { continue }
      result += try dueNotifications(for: origin.id)
    }
    return result.sorted { $0.id < $1.id }
  }

  /// ``notificationsLeftBehind(excluding:isAlive:)`` with their tasks, ready to be shown.
  package func noticesLeftBehind(
    excluding session: SessionID?, isAlive: (SessionID) -> Bool
  ) throws(StoreError) -> [Notice] {
    try notices(for: try notificationsLeftBehind(excluding: session, isAlive: isAlive))
  }

  /// Adds the tasks to their notifications; one whose task has been dropped is left out.
  package func notices(for notifications: [TaskNotification]) throws(StoreError) -> [Notice] {
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

  /// Takes what is due about tasks of the session itself, and returns it: the caller has shown or will show it.
  @discardableResult
  package func consumeNotifications(
    of tasks: some Collection<TaskID>, by session: SessionID, at moment: Timestamp = .now
  ) throws(StoreError) -> [TaskNotification] {
    let wanted = Set(tasks)
    func isWanted(_ notification: TaskNotification) -> Bool { wanted.contains(notification.taskID) }
    // Most often there is nothing, and that takes no lock.
    guard !wanted.isEmpty, try dueNotifications(for: session).contains(where: isWanted) else { return [] }
    return try connection.write { () throws(StoreError) in
      let due = try dueNotifications(for: session).filter(isWanted)
      for notification in due {
        try connection.run(
          "UPDATE notifications SET delivered_at = ?, delivered_by = ? WHERE id = ?",
          .integer(moment.milliseconds), .text(session.rawValue), .integer(notification.id))
      }
      return due
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
    let sql = "SELECT id, task_id, session, event, at, delivered_at FROM notifications \(condition)"
    return try connection.rows(sql, values: values) { (row) throws(StoreError) in
      guard let session = SessionID(rawValue: row.text(2)), let event = TaskNotification.Event(rawValue: row.text(3))
      else { throw StoreError.other(code: 0, message: "a notification of @\(row.integer(1)) cannot be read") }
      return TaskNotification(
        id: row.integer(0), taskID: TaskID(rawValue: row.integer(1)), session: session, event: event,
        at: Timestamp(milliseconds: row.integer(4)),
        deliveredAt: row.optionalInteger(5).map(Timestamp.init(milliseconds:)))
    }
  }
}
