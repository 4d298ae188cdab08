import ProcessControl
package import Tasks

/// What readers ask about tasks.
extension TaskStore {
  package func task(_ id: TaskID) throws(StoreError) -> BackgroundTask? {
    try tasks("WHERE id = ?", .integer(id.rawValue)).first
  }

  /// Those of some tasks that there are, in no order.
  package func tasks(_ ids: some Collection<TaskID>) throws(StoreError) -> [BackgroundTask] {
    var result: [BackgroundTask] = []
    for chunk in Array(ids).chunks(of: Limits.idsPerQuery) {
      let sql = "SELECT \(TaskRecord.columns) FROM tasks WHERE id IN (\(Self.placeholders(chunk.count)))"
      result += try connection.rows(sql, values: chunk.map { .integer($0.rawValue) }) { (row) throws(StoreError) in
        try TaskRecord.task(from: row)
      }
    }
    return result
  }

  /// The newest task of this user, nil if there has never been one.
  package func newestTask() throws(StoreError) -> BackgroundTask? {
    try tasks("ORDER BY id DESC LIMIT 1").first
  }

  /// The task that a reference means: a name's newest task in the session, else of this user.
  package func task(for reference: TaskReference, in session: SessionID?) throws(StoreError) -> BackgroundTask? {
    switch reference {
    case .id(let id):
      return try task(id)
    case .name(let name):
      if let session {
        let own = try tasks(
          "WHERE session = ? AND name = ? ORDER BY id DESC LIMIT 1", .text(session.rawValue), .text(name.text))
        if let task = own.first { return task }
      }
      return try tasks("WHERE name = ? ORDER BY id DESC LIMIT 1", .text(name.text)).first
    case .newest:
      guard let session else { return nil }
      return try tasks("WHERE session = ? ORDER BY id DESC LIMIT 1", .text(session.rawValue)).first
    }
  }

  /// The tasks that have not ended, of one session or of all, oldest first.
  package func liveTasks(session: SessionID? = nil) throws(StoreError) -> [BackgroundTask] {
    try tasks(matching: TaskQuery(session: session))
  }

  /// The tasks that have not ended although their shell has, oldest first; without those of scripts whose interactive session
  /// is still there.
  package func abandonedTasks() throws(StoreError) -> [BackgroundTask] {
    try tasks(
      """
      INDEXED BY tasks_live WHERE ended_at IS NULL AND EXISTS (
        SELECT 1 FROM sessions LEFT JOIN sessions AS teller ON teller.id = sessions.teller AND teller.ended_at IS NULL
        WHERE sessions.id = tasks.session AND sessions.ended_at IS NOT NULL AND teller.id IS NULL)
      ORDER BY id
      """)
  }

  /// The tasks that a query means, oldest first.
  package func tasks(matching query: TaskQuery) throws(StoreError) -> [BackgroundTask] {
    if query.states?.isEmpty == true { return [] }
    var values: [SQLiteConnection.Value] = []
    var parts: [String] = []
    // The index is named: without statistics SQLite would go through all tasks that the session ever had.
    func part(_ condition: String, index: String) -> String {
      var part = "SELECT \(TaskRecord.columns) FROM tasks INDEXED BY \(index) WHERE \(condition)"
      if let session = query.session {
        part += " AND session = ?"
        values.append(.text(session.rawValue))
      }
      if let states = query.states {
        part += " AND state IN (\(Self.placeholders(states.count)))"
        values += states.sorted().map { .text($0) }
      }
      return part
    }
    if query.includesLive { parts.append(part("ended_at IS NULL", index: "tasks_live")) }
    if let since = query.endedSince {
      values.append(.integer(since.milliseconds))
      parts.append(part("ended_at >= ?", index: "tasks_ended"))
    }
    guard !parts.isEmpty else { return [] }
    var sql = parts.joined(separator: " UNION ALL ") + " ORDER BY id DESC"
    if let limit = query.limit {
      sql += " LIMIT ?"
      values.append(.integer(Int64(limit)))
    }
    let newestFirst = try connection.rows(sql, values: values) { (row) throws(StoreError) in
      try TaskRecord.task(from: row)
    }
    return newestFirst.reversed()
  }

  /// How many tasks of a session have not ended.
  package func runningCount(_ session: SessionID) throws(StoreError) -> Int {
    let count = try connection.integer(
      "SELECT count(*) FROM tasks INDEXED BY tasks_live WHERE session = ? AND ended_at IS NULL", .text(session.rawValue)
    )
    return Int(count ?? 0)
  }

  package func session(_ id: SessionID) throws(StoreError) -> Session? {
    try sessions("WHERE id = ?", .text(id.rawValue)).first
  }

  /// The sessions whose shell has not been seen to go.
  package func openSessions() throws(StoreError) -> [Session] {
    try sessions("WHERE ended_at IS NULL")
  }

  /// As many question marks, for a list of values.
  static func placeholders(_ count: Int) -> String {
    Array(repeating: "?", count: count).joined(separator: ", ")
  }

  private func tasks(_ condition: String, _ values: SQLiteConnection.Value...) throws(StoreError) -> [BackgroundTask] {
    let sql = "SELECT \(TaskRecord.columns) FROM tasks \(condition)"
    return try connection.rows(sql, values: values) { (row) throws(StoreError) in try TaskRecord.task(from: row) }
  }

  func sessions(_ condition: String, _ values: SQLiteConnection.Value...) throws(StoreError) -> [Session] {
    let columns = "id, kind, shell_pid, shell_start_ticks, boot_id, terminal, started_at, ended_at, bash_pid, hosts"
    let sql = "SELECT \(columns) FROM sessions \(condition)"
    return try connection.rows(sql, values: values) { (row) throws(StoreError) in
      guard let id = SessionID(rawValue: row.text(0)), let kind = Session.Kind(rawValue: row.text(1)) else {
        throw StoreError.other(code: 0, message: "the record of a session cannot be read")
      }
      return Session(
        id: id, kind: kind, shellProcessID: Int32(clamping: row.integer(2)),
        shellStartTicks: row.optionalInteger(3).map(UInt64.init(clamping:)) ?? 0, bootID: row.optionalText(4) ?? "",
        terminal: row.optionalText(5), bashProcessID: row.optionalInteger(8).map(Int32.init(clamping:)),
        hosts: row.optionalText(9),
        startedAt: Timestamp(milliseconds: row.integer(6)),
        endedAt: row.optionalInteger(7).map(Timestamp.init(milliseconds:)))
    }
  }
}

extension Array {
  /// The elements in runs of at most `length`.
  package func chunks(of length: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
  }
}
