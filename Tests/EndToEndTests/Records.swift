import TestSupport

/// What is on record, asked for as from another terminal.
extension ScratchState {
  /// All tasks, the oldest first.
  func records() throws -> [JSON] {
    try JSON(parsing: try bgsh("jobs", "-a", "--json").standardOutput).elements
  }

  /// The record of a task; null if there is none.
  func record(_ id: Int64) throws -> JSON {
    try records().first { $0["id"] == .number(id) } ?? .null
  }

  /// Waits until a task that was launched is on record in one of these states.
  @discardableResult
  func waitForState(_ states: String..., of id: Int64 = 1) throws -> JSON {
    var record = JSON.null
    try waitUntil("@\(id) is \(states)") {
      record = try self.record(id)
      return states.contains { record["state"] == .string($0) }
    }
    return record
  }

  /// Waits for the end of a task that was launched, and returns its record.
  @discardableResult
  func waitForEnd(of id: Int64 = 1) throws -> JSON {
    try waitForRecord(of: id)
    let wait = try bgsh("wait", "@\(id)")
    let record = try record(id)
    guard record["ended_at"] != .null else {
      throw HarnessFailure("'wait @\(id)' returned before the end was on record: \(wait)")
    }
    return record
  }

  /// Waits until a task that was launched is on record.
  func waitForRecord(of id: Int64 = 1) throws {
    try waitUntil("@\(id) is on record") { try self.record(id) != .null }
  }

  /// The status that `wait` gives for a task.
  func waitStatus(of id: Int64 = 1) throws -> Ending {
    try waitForRecord(of: id)
    return try bgsh("wait", "@\(id)").status
  }

  /// What a task has written so far.
  func output(of id: Int64 = 1) throws -> String {
    try bgsh("output", "@\(id)").standardOutput
  }
}
