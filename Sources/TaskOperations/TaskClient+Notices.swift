package import Notices
import Records
import StateFiles
package import Tasks

/// What the session has not been told yet.
extension TaskClient {
  /// What is due to the session; outside of one, what is due to anybody.
  package func dueNotices() throws(OperationFailure) -> [Notice] {
    try asking { (store) throws(StoreError) in
      if let session { return try store.dueNotices(for: session) }
      return try store.notices(
        for: try store.notificationHistory(limit: Limits.noticesOfHistory).filter { $0.deliveredAt == nil })
    }
  }

  /// What is due about some tasks and the session may tell.
  package func dueNotices(about tasks: [TaskID]) throws(OperationFailure) -> [Notice] {
    guard let session else { return [] }
    return try asking { (store) throws(StoreError) in try store.dueNotices(of: tasks, for: session) }
  }

  /// What there has been, told or not, oldest first.
  package func noticeHistory() throws(OperationFailure) -> [Notice] {
    try asking { (store) throws(StoreError) in
      try store.notices(
        for: try store.notificationHistory(limit: Limits.noticesOfHistory).filter {
          session == nil || $0.session == session
        })
    }
  }

  /// Records that notices have been shown. Call it afterwards: a death in between repeats them, and loses none.
  package func acknowledge(_ notices: [Notice]) throws(OperationFailure) {
    try asking { (store) throws(StoreError) in
      _ = try store.acknowledge(notices.map(\.notification.id), by: session)
    }
  }

  /// Records that what is due about some tasks need not be told any more.
  package func acknowledgeDue(about tasks: [TaskID]) throws(OperationFailure) {
    try acknowledge(try dueNotices(about: tasks))
  }

  /// Those of some due notices that nobody is left to show but the asking program.
  package func ownToTell(_ notices: [Notice]) throws(OperationFailure) -> [Notice] {
    guard session == nil else { return notices }
    return try asking { (store) throws(StoreError) in
      let left = Set(try store.waitingSessions(for: nil).left)
      var own: [Notice] = []
      for notice in notices {
        let session = notice.notification.session
        // Of a silent session nobody tells who is not asked.
        let isSilent = try store.session(session)?.kind == .silent
        if left.contains(session) || isSilent && directory.session(session).isOver { own.append(notice) }
      }
      return own
    }
  }
}
