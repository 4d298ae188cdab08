import ProcessControl
import Tasks

/// How a task lies in its table: columns, values, and back.
enum TaskRecord {
  static let columns =
    "id, session, name, command, description, cwd, state, exit_code, signal, ended_by, pid, start_ticks, boot_id, "
    + "attempt, queued_at, started_at, ended_at, duration_ms, timeout_ms, kill_after_ms, quiet, output_path, "
    + "output_bytes, dropped_bytes, stderr_path, user_ms, system_ms, max_rss_kib, limit_bytes, overwritten_bytes, "
    + "overwritten_error_bytes, no_input, ends_with_shell, notify_on, matched_line, pipe_status, left_processes"

  static let columnCount = Int32(columns.utf8.count { $0 == UInt8(ascii: ",") } + 1)

  /// The same where other tables have columns of these names.
  static let qualifiedColumns = columns.split(separator: " ").map { "tasks.\($0)" }.joined(separator: " ")

  static let insertion =
    "INSERT INTO tasks (\(columns)) VALUES (\(columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")))"

  static func values(of task: BackgroundTask) -> [SQLiteConnection.Value] {
    [
      .integer(task.id.rawValue), .text(task.session.rawValue), .init(task.name?.text), .bytes(task.rawCommand.bytes),
      .init(task.description), .bytes(task.rawDirectory.bytes), .text(task.state.text),
      .init(task.state.exitCode.map(Int64.init)), .init(task.state.signal.map { Int64($0.rawValue) }),
      .init(task.endedBy?.rawValue), .init(task.processID.map(Int64.init)),
      .init(task.processStartTicks.map(Int64.init(clamping:))), .init(task.bootID), .integer(Int64(task.attempt)),
      .integer(task.queuedAt.milliseconds), .init(task.startedAt?.milliseconds), .init(task.endedAt?.milliseconds),
      .init(task.durationMilliseconds), .init(task.timeoutMilliseconds), .integer(task.killAfterMilliseconds),
      .integer(task.isQuiet ? 1 : 0), .text(task.output.path), .integer(task.output.bytes),
      .integer(task.output.droppedBytes), .init(task.output.stderrPath), .init(task.usage?.userMilliseconds),
      .init(task.usage?.systemMilliseconds), .init(task.usage?.peakMemoryKiB),
      .integer(task.outputLimitBytes), .integer(task.output.overwrittenBytes[.output] ?? 0),
      .integer(task.output.overwrittenBytes[.error] ?? 0), .integer(task.hasNoInput ? 1 : 0),
      .integer(task.endsWithShell ? 1 : 0),
      .init(task.notifyPattern), .init(task.matchedLine), .init(pipeStatusText(task.pipeStatus)),
      .integer(Int64(task.leftProcesses)),
    ]
  }

  /// Reads a task from a row with ``columns``.
  static func task(from row: SQLiteConnection.Row) throws(StoreError) -> BackgroundTask {
    let id = TaskID(rawValue: row.integer(0))
    let state = TaskState(
      text: row.text(6), exitCode: row.optionalInteger(7).map(Int32.init(clamping:)),
      signal: row.optionalInteger(8).map { Signal(rawValue: Int32(clamping: $0)) })
    guard let session = SessionID(rawValue: row.text(1)), let state else { throw unreadable(id) }
    var usage: ResourceUsage?
    if let user = row.optionalInteger(25), let system = row.optionalInteger(26), let peak = row.optionalInteger(27) {
      usage = ResourceUsage(userMilliseconds: user, systemMilliseconds: system, peakMemoryKiB: peak)
    }
    return BackgroundTask(
      id: id, session: session, name: row.optionalText(2).map(TaskName.init(recorded:)),
      command: RawText(row.bytes(3)), description: row.optionalText(4), workingDirectory: RawText(row.bytes(5)),
      state: state, endedBy: row.optionalText(9).flatMap(EndedBy.init(rawValue:)),
      processID: row.optionalInteger(10).map(Int32.init(clamping:)),
      processStartTicks: row.optionalInteger(11).map(UInt64.init(clamping:)), bootID: row.optionalText(12),
      attempt: Int(row.integer(13)), queuedAt: Timestamp(milliseconds: row.integer(14)),
      startedAt: row.optionalInteger(15).map(Timestamp.init(milliseconds:)),
      endedAt: row.optionalInteger(16).map(Timestamp.init(milliseconds:)),
      durationMilliseconds: row.optionalInteger(17), timeoutMilliseconds: row.optionalInteger(18),
      killAfterMilliseconds: row.integer(19), isQuiet: row.integer(20) != 0,
      outputLimitBytes: row.optionalInteger(28) ?? Tasks.Limits.outputLimitBytes, hasNoInput: row.integer(31) != 0,
      endsWithShell: row.integer(32) != 0,
      notifyPattern: row.optionalText(33), matchedLine: row.optionalText(34),
      output: .init(
        path: row.text(21), bytes: row.integer(22), droppedBytes: row.integer(23), stderrPath: row.optionalText(24),
        overwrittenBytes: [.output: row.integer(29), .error: row.integer(30)]),
      usage: usage, pipeStatus: row.optionalText(35).map(pipeStatus), leftProcesses: Int(row.integer(36)))
  }

  /// `1 0`, as a shell writes it.
  static func pipeStatusText(_ statuses: [Int32]?) -> String? {
    statuses.map { $0.map(String.init).joined(separator: " ") }
  }

  private static func pipeStatus(_ text: String) -> [Int32] { text.split(separator: " ").compactMap { Int32($0) } }

  private static func unreadable(_ id: TaskID) -> StoreError {
    .other(code: 0, message: "the record of \(id) cannot be read")
  }
}
