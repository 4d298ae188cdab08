package import ProcessControl
package import Tasks

/// Dropping what has ended.
extension TaskStore {
  /// How many bytes of output ended tasks keep.
  package func keptBytes() throws(StoreError) -> Int64 {
    try connection.integer("SELECT value FROM sequence WHERE name = 'kept'") ?? 0
  }

  /// The tasks that ended before a moment, longest ago first.
  ///
  /// - Parameter untold: Whether to take also those of whose end nobody has been told.
  package func endedIDs(before moment: Timestamp, untold: Bool) throws(StoreError) -> [TaskID] {
    let condition = untold ? "INDEXED BY tasks_ended WHERE" : "INDEXED BY tasks_droppable WHERE untold = 0 AND"
    return try connection.rows(
      "SELECT id FROM tasks \(condition) ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at, id",
      values: [.integer(moment.milliseconds)]
    ) { TaskID(rawValue: $0.integer(0)) }
  }

  /// The tasks that ended longest ago, at most so many, and before a moment if one is given.
  package func oldestEnded(before moment: Timestamp?, limit: Int) throws(StoreError) -> [BackgroundTask] {
    try oldestEnded("INDEXED BY tasks_ended WHERE", before: moment, limit: limit)
  }

  private func oldestEnded(
    _ condition: String, before moment: Timestamp?, limit: Int
  ) throws(StoreError) -> [BackgroundTask] {
    try connection.rows(
      "SELECT \(TaskRecord.columns) FROM tasks \(condition) ended_at IS NOT NULL AND ended_at < ? "
        + "ORDER BY ended_at, id LIMIT ?",
      .integer(moment?.milliseconds ?? .max), .integer(Int64(limit))
    ) { (row) throws(StoreError) in try TaskRecord.task(from: row) }
  }

  /// How many ended tasks there are of whose end, before a moment, nobody has been told.
  package func untoldCount(before moment: Timestamp) throws(StoreError) -> Int {
    Int(
      try connection.integer(
        """
        SELECT count(*) FROM tasks WHERE ended_at < ? AND id IN (
          SELECT task_id FROM notifications INDEXED BY notifications_untold WHERE delivered_at IS NULL AND silent = 0)
        """, .integer(moment.milliseconds)) ?? 0)
  }

  /// Those of some tasks that have notifications which nobody has seen.
  package func untold(_ ids: some Collection<TaskID>) throws(StoreError) -> Set<TaskID> {
    var untold: Set<TaskID> = []
    for chunk in Array(ids).chunks(of: Limits.idsPerQuery) {
      untold.formUnion(
        try connection.rows(
          "SELECT id FROM tasks WHERE id IN (\(Self.placeholders(chunk.count))) AND untold > 0",
          values: chunk.map { .integer($0.rawValue) }
        ) { TaskID(rawValue: $0.integer(0)) })
    }
    return untold
  }

  /// The oldest tasks that a rule does not keep, at most so many. The task that ended last is always kept. A task of
  /// whose end nobody has been told loses only its output, and is not among these any more when that has gone.
  package func tasks(notKeptBy rule: KeepRule, now: Timestamp = .now, limit: Int) throws(StoreError) -> [BackgroundTask]
  {
    let newest = try connection.integer(
      "SELECT id FROM tasks INDEXED BY tasks_ended WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT 1")
    let bound = rule.ageMilliseconds.map { Timestamp(milliseconds: now.milliseconds - $0) }
    var excess = 0 as Int64
    if let total = rule.totalBytes { excess = try keptBytes() - total }
    // Most often there is nothing to do, which takes two looks into an index.
    var tooOld: [BackgroundTask] = []
    let droppable = "INDEXED BY tasks_droppable WHERE (untold = 0 OR output_bytes > dropped_bytes) AND"
    if let bound { tooOld = try oldestEnded(droppable, before: bound, limit: limit) }
    let candidates = excess > 0 ? try oldestEnded(droppable, before: nil, limit: limit) : tooOld
    var dropped: [BackgroundTask] = []
    for task in candidates where task.id.rawValue != newest {
      guard excess > 0 || tooOld.contains(where: { $0.id == task.id }) else { break }
      dropped.append(task)
      excess -= task.output.bytes - task.output.droppedBytes
    }
    return dropped
  }

  /// Records that the output of ended tasks has been dropped as a whole.
  package func noteOutputRemoved(of ids: some Collection<TaskID>) throws(StoreError) {
    try connection.write { () throws(StoreError) in
      for id in ids {
        try connection.run(
          "UPDATE tasks SET dropped_bytes = output_bytes WHERE id = ? AND ended_at IS NOT NULL", .integer(id.rawValue))
      }
    }
  }

  /// Drops the records of ended tasks with their notifications; those that live are left alone. Drop the output first: a
  /// record without output is found again.
  ///
  /// - Returns: How many were dropped.
  @discardableResult
  package func drop(_ ids: some Collection<TaskID>) throws(StoreError) -> Int {
    try connection.write { () throws(StoreError) in
      var count = 0
      var sessions: Set<String> = []
      for id in ids {
        let dropped = try connection.rows(
          "DELETE FROM tasks WHERE id = ? AND ended_at IS NOT NULL RETURNING session", .integer(id.rawValue)
        ) { $0.text(0) }
        guard let session = dropped.first else { continue }
        try connection.run("DELETE FROM notifications WHERE task_id = ?", .integer(id.rawValue))
        sessions.insert(session)
        count += 1
      }
      for case let session? in sessions.map(SessionID.init(rawValue:)) { try dropIfEmpty(session) }
      return count
    }
  }

  /// Drops the record of a session that is over and has no task on record.
  package func dropIfEmpty(_ session: SessionID) throws(StoreError) {
    try connection.run(
      "DELETE FROM sessions WHERE id = ?1 AND ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tasks WHERE session = ?1)",
      .text(session.rawValue))
  }

  /// A setting that sessions share, nil if nobody has made it.
  package func setting(_ name: String) throws(StoreError) -> String? {
    try connection.rows("SELECT value FROM settings WHERE name = ?", values: [.text(name)]) { $0.text(0) }.first
  }

  /// Makes a setting, or takes it back.
  package func set(_ name: String, to value: String?) throws(StoreError) {
    if let value {
      try connection.run(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", .text(name),
        .text(value))
    } else {
      try connection.run("DELETE FROM settings WHERE name = ?", .text(name))
    }
  }
}
