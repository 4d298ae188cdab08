package import ProcessControl
import Records
import StateFiles
package import Tasks

/// What has been dropped of ended tasks: their records, and their output.
package struct Pruning: Hashable, Sendable {
  package var taskCount = 0
  package var bytes: Int64 = 0

  package init(taskCount: Int = 0, bytes: Int64 = 0) {
    self.taskCount = taskCount
    self.bytes = bytes
  }

  /// How much it is, in words.
  package var text: String { "\(taskCount) task\(taskCount == 1 ? "" : "s"), \(ByteCountText.text(bytes))" }

  /// As `prune --json` prints it.
  package var json: JSONValue { .object([("tasks", .number(Int64(taskCount))), ("bytes", .number(bytes))]) }
}

extension TaskClient {
  /// The tasks of all sessions that ended before a moment, longest ago first.
  ///
  /// - Parameter untold: Whether those are meant, too, of whose end nobody has been told.
  package func endedTaskIDs(before moment: Timestamp, untold: Bool) throws(OperationFailure) -> [TaskID] {
    try asking { (store) throws(StoreError) in try store.endedIDs(before: moment, untold: untold) }
  }

  /// How many tasks ended before a moment without anybody having been told.
  package func untoldCount(before moment: Timestamp) throws(OperationFailure) -> Int {
    try asking { (store) throws(StoreError) in try store.untoldCount(before: moment) }
  }

  /// What would be dropped with some tasks that have ended.
  package func pruning(of ids: [TaskID]) -> Pruning {
    Pruning(taskCount: ids.count, bytes: ids.reduce(0) { $0 + directory.outputBytes(of: $1) })
  }

  /// Drops those of some tasks that have ended.
  package func drop(_ ids: [TaskID]) throws(OperationFailure) -> Pruning {
    var pruning = Pruning()
    for chunk in ids.chunks(of: Limits.droppedAtOnce) {
      // The output first: a record without output is found again.
      for id in chunk { pruning.bytes += directory.removeOutput(of: id) }
      pruning.taskCount += try asking { (store) throws(StoreError) in try store.drop(chunk) }
    }
    return pruning
  }
}
