package import ProcessControl
import Records
import StateFiles
package import Tasks

/// What has been dropped of ended tasks: their records, and their output.
package struct Pruning: Hashable, Sendable {
  package var taskCount = 0
  package var bytes: Int64 = 0
  /// How many ended tasks stay because nobody has been told of their end.
  package var untoldCount = 0

  package init(taskCount: Int = 0) {
    self.taskCount = taskCount
  }
}

extension TaskClient {
  /// Drops the tasks of all sessions that ended before a moment.
  ///
  /// - Parameter untold: Whether those go, too, of whose end nobody has been told.
  package func prune(endedBefore moment: Timestamp, untold: Bool) throws(OperationFailure) -> Pruning {
    var pruning = Pruning()
    while true {
      let tasks = try asking { (store) throws(StoreError) in
        try store.oldestEnded(before: moment, untold: untold, limit: Limits.droppedAtOnce)
      }
      guard try drop(tasks, in: &pruning) > 0 else { break }
    }
    if !untold {
      pruning.untoldCount = try asking { (store) throws(StoreError) in try store.untoldCount(before: moment) }
    }
    return pruning
  }

  /// Drops those of some tasks that ended before a moment.
  package func prune(_ tasks: [BackgroundTask], endedBefore moment: Timestamp) throws(OperationFailure) -> Pruning {
    var pruning = Pruning()
    _ = try drop(tasks.filter { $0.endedAt.map { $0 < moment } ?? false }, in: &pruning)
    return pruning
  }

  /// Drops the output first: a record without output is found again.
  private func drop(_ tasks: [BackgroundTask], in pruning: inout Pruning) throws(OperationFailure) -> Int {
    for task in tasks { pruning.bytes += directory.removeOutput(of: task.id) }
    let count = try asking { (store) throws(StoreError) in try store.drop(tasks.map(\.id)) }
    pruning.taskCount += count
    return count
  }
}
