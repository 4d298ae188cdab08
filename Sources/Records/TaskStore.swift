package import Notices
package import ProcessControl
package import StateFiles
package import Tasks

/// The record of every task and the queue of notifications, in one SQLite database per user.
///
/// One connection; use it from one thread. Supervisors write task states, readers acknowledge notifications.
package final class TaskStore {
  let connection: SQLiteConnection

  /// The file that is open; nil where that cannot be found out.
  package var file: FileIdentity? { connection.file }

  /// Whether the database that is open is still the one of that name: it may have been removed, moved away, replaced,
  /// emptied or written over.
  package var isInPlace: Bool { connection.isInPlace }

  /// The format of the database, which opening it brings it to.
  package static var formatVersion: Int64 { Schema.version }

  /// Opens the database of a state directory, and makes or migrates it where needed.
  package convenience init(in directory: StateDirectory) throws(StoreError) {
    try self.init(path: directory.databasePath)
  }

  /// Opens or makes a database.
  ///
  /// - Parameter busyMilliseconds: How long to wait for another writer before `StoreError.busy`.
  package init(path: String, busyMilliseconds: Int32 = Limits.busyMilliseconds) throws(StoreError) {
    connection = try SQLiteConnection(path: path, busyMilliseconds: busyMilliseconds)
    guard !connection.hasBeenEmptied else { throw .damaged(path: path) }
    try Schema.prepare(connection)
  }
}

extension TaskStore {
  /// Carries the log over into the database, which waits for the disk: for a supervisor that has nothing else to do.
  ///
  /// Otherwise a commit does it, some hundred tasks later, or the last process to close the database.
  package func checkpoint() throws(StoreError) {
    try connection.checkpoint()
  }

  /// Carries the log over and gives its space back to the disk, where that has become scarce.
  package func emptyLog() throws(StoreError) {
    try connection.emptyLog()
  }
}

/// What a supervisor writes.
extension TaskStore {
  /// What became of an attempt to end a task.
  package enum FinishResult: Hashable, Sendable {
    case recorded
    /// It had its final state already, and keeps it.
    case alreadyEnded(TaskState)
    case noSuchTask
  }

  /// Changes how long to wait for another writer before `StoreError.busy`.
  package func waitForOthers(atMost milliseconds: Int32) {
    connection.waitForOthers(atMost: milliseconds)
  }

  /// Records a session, or that a new supervisor carries it on.
  ///
  /// What a script leaves unshown is told by the interactive session that it was started in. Where a session's bash has
  /// become the shell of another one (`exec bgsh`), that one tells of everything that was the first one's to tell.
  package func openSession(_ session: Session) throws(StoreError) {
    try connection.write { () throws(StoreError) in
      try connection.run(
        """
        INSERT INTO sessions (id, kind, shell_pid, shell_start_ticks, boot_id, terminal, started_at, ended_at, bash_pid, hosts, teller)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11,
          (SELECT iif(?2 = 'interactive', NULL, iif(kind = 'interactive', id, teller)) FROM sessions WHERE id = ?10))
        ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, shell_pid = excluded.shell_pid,
          shell_start_ticks = excluded.shell_start_ticks, boot_id = excluded.boot_id, terminal = excluded.terminal,
          ended_at = excluded.ended_at, bash_pid = excluded.bash_pid
        """,
        .text(session.id.rawValue), .text(session.kind.rawValue), .integer(Int64(session.shellProcessID)),
        .init(session.shellStartTicks.map(Int64.init(clamping:))), .init(session.bootID), .init(session.terminal),
        .integer(session.startedAt.milliseconds), .init(session.endedAt?.milliseconds),
        .init(session.bashProcessID.map(Int64.init)), .init(session.origin?.rawValue), .init(session.hosts))
      guard let origin = session.origin, let bootID = session.bootID, origin != session.id else { return }
      let hasSucceeded = try connection.run(
        "UPDATE sessions SET ended_at = ?, teller = ? WHERE id = ? AND bash_pid = ? AND boot_id = ? AND ended_at IS NULL",
        .integer(session.startedAt.milliseconds), .init(session.kind == .interactive ? session.id.rawValue : nil),
        .text(origin.rawValue), .integer(Int64(session.shellProcessID)), .text(bootID))
      guard hasSucceeded == 1, session.kind == .interactive else { return }
      try connection.run(
        "UPDATE sessions SET teller = ? WHERE teller = ? AND id <> ?", .text(session.id.rawValue),
        .text(origin.rawValue), .text(session.id.rawValue))
    }
  }

  /// Records that a session's shell has gone: what it left unshown is the next session's to show.
  package func markShellEnded(_ session: SessionID, at moment: Timestamp = .now) throws(StoreError) {
    try connection.run(
      "UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
      .integer(moment.milliseconds), .text(session.rawValue))
  }

  /// Takes the next ids, which nobody else will ever get unless they are returned.
  func reserveTaskIDs(_ count: Int) throws(StoreError) -> [TaskID] {
    // The sequence is never behind the highest id on record. After a power failure both may have lost the last commits.
    let last = try connection.integer(
      "UPDATE sequence SET value = value + ? WHERE name = 'task' RETURNING value", .integer(Int64(count)))
    guard let last else { throw .damaged(path: connection.path) }
    return (0..<Int64(count)).map { TaskID(rawValue: last - Int64(count) + 1 + $0) }
  }

  /// Calls `body` in one transaction, which holds what it writes, or nothing of it.
  package func together<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    try connection.write(body)
  }

  /// Records a new task.
  package func insert(_ task: BackgroundTask) throws(StoreError) {
    let values = TaskRecord.values(of: task)
    try connection.run(TaskRecord.insertion, values: values)
  }

  /// Moves a task to another state that is not final; says whether that was a change.
  @discardableResult
  package func update(state: TaskState.Live, of id: TaskID) throws(StoreError) -> Bool {
    try connection.run(
      "UPDATE tasks SET state = ?1 WHERE id = ?2 AND ended_at IS NULL AND state <> ?1", .text(state.rawValue),
      .integer(id.rawValue)) == 1
  }

  /// Gives a task its final state and announces it, both at once; a task that has one keeps it.
  ///
  /// - Parameters:
  ///   - durationMilliseconds: Nil if nobody knows it.
  ///   - output: The sizes as they are at the end, nil keeps what is recorded.
  ///   - event: What to notify of, nil for nothing.
  package func finish(
    _ id: TaskID, as end: TaskState.End, endedBy: EndedBy? = nil, at moment: Timestamp = .now,
    durationMilliseconds: Int64?, output: BackgroundTask.Output? = nil, usage: ResourceUsage? = nil,
    leftProcesses: Int = 0, notifying event: TaskNotification.Event?
  ) throws(StoreError) -> FinishResult {
    try connection.write { () throws(StoreError) in
      try self.end(
        id, as: end, endedBy: endedBy, at: moment, durationMilliseconds: durationMilliseconds, output: output,
        usage: usage, leftProcesses: leftProcesses, notifying: event)
    }
  }

  /// Records how much output there is and how much of it was dropped, of a live task or of one whose descendants write on.
  package func update(output: BackgroundTask.Output, of id: TaskID) throws(StoreError) {
    try connection.run(
      """
      UPDATE tasks SET output_bytes = ?, dropped_bytes = ?, overwritten_bytes = ?, overwritten_error_bytes = ? WHERE id = ?
      """,
      .integer(output.bytes), .integer(output.droppedBytes), .integer(output.overwrittenBytes[.output] ?? 0),
      .integer(output.overwrittenBytes[.error] ?? 0), .integer(id.rawValue))
  }

  /// Records the first line of a task's output that matches; says whether it is the first.
  package func update(matchedLine line: String, of id: TaskID) throws(StoreError) -> Bool {
    try connection.run(
      "UPDATE tasks SET matched_line = ? WHERE id = ? AND matched_line IS NULL", .text(line), .integer(id.rawValue))
      == 1
  }

  /// Records how many processes a task has left.
  package func update(leftProcesses: Int, of id: TaskID) throws(StoreError) {
    try connection.run(
      "UPDATE tasks SET left_processes = ? WHERE id = ?", .integer(Int64(leftProcesses)), .integer(id.rawValue))
  }

  /// Records which statuses hide a failure of a task.
  package func update(pipeStatus: [Int32], of id: TaskID) throws(StoreError) {
    try connection.run(
      "UPDATE tasks SET pipe_status = ? WHERE id = ?", .init(TaskRecord.pipeStatusText(pipeStatus)),
      .integer(id.rawValue))
  }

  /// ``finish(_:as:endedBy:at:durationMilliseconds:output:usage:notifying:)`` within a transaction.
  @discardableResult
  func end(
    _ id: TaskID, as end: TaskState.End, endedBy: EndedBy? = nil, at moment: Timestamp = .now,
    durationMilliseconds: Int64?, output: BackgroundTask.Output? = nil, usage: ResourceUsage? = nil,
    leftProcesses: Int = 0, notifying event: TaskNotification.Event?
  ) throws(StoreError) -> FinishResult {
    let state = TaskState.ended(end)
    let changed = try connection.run(
      """
      UPDATE tasks SET state = ?, exit_code = ?, signal = ?, ended_by = ?, ended_at = ?, duration_ms = ?,
        output_bytes = coalesce(?, output_bytes), dropped_bytes = coalesce(?, dropped_bytes),
        overwritten_bytes = coalesce(?, overwritten_bytes),
        overwritten_error_bytes = coalesce(?, overwritten_error_bytes), user_ms = ?, system_ms = ?, max_rss_kib = ?,
        left_processes = ?
      WHERE id = ? AND ended_at IS NULL
      """,
      .text(state.text), .init(state.exitCode.map(Int64.init)), .init(state.signal.map { Int64($0.rawValue) }),
      .init(endedBy?.rawValue), .integer(moment.milliseconds), .init(durationMilliseconds), .init(output?.bytes),
      .init(output?.droppedBytes), .init(output.map { $0.overwrittenBytes[.output] ?? 0 }),
      .init(output.map { $0.overwrittenBytes[.error] ?? 0 }), .init(usage?.userMilliseconds),
      .init(usage?.systemMilliseconds),
      .init(usage?.peakMemoryKiB), .integer(Int64(leftProcesses)), .integer(id.rawValue))
    try forgetSupervision(of: id)
    guard changed == 1 else {
      guard let task = try task(id) else { return .noSuchTask }
      return .alreadyEnded(task.state)
    }
    if let event { try addNotification(event, task: id, at: moment) }
    return .recorded
  }

  /// Queues a notification for the session of a task. One for a silent session is told by no prompt. Does nothing if
  /// there is no such task.
  package func addNotification(
    _ event: TaskNotification.Event, task id: TaskID, at moment: Timestamp = .now
  ) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO notifications (task_id, session, event, at, silent)
      SELECT id, session, ?, ?, EXISTS (SELECT 1 FROM sessions WHERE sessions.id = tasks.session AND kind = 'silent')
      FROM tasks WHERE id = ?
      """,
      .text(event.rawValue), .integer(moment.milliseconds), .integer(id.rawValue))
  }
}
