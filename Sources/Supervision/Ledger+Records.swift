import Notices
import ProcessControl
import Records
import SupervisorProtocol
import Tasks

/// The records that a supervisor keeps.
extension Ledger {
  func record(_ live: TaskState.Live, of id: TaskID) {
    write { store throws(StoreError) in
      let isNews = try store.update(state: live, of: id)
      if isNews, live == .waitingForInput { try store.addNotification(.waitingForInput, task: id) }
    } then: { [unowned self] in
      hasChanged(id, .live(live))
      if live == .waitingForInput { session.tell(.notified) }
    }
  }

  /// Keeps what another supervisor would need to know of a task.
  func keep(_ task: SupervisedTask) {
    let supervision = task.supervision
    write { store throws(StoreError) in
      try store.keep(supervision, of: task.id)
    }
  }

  func record(
    _ end: TaskState.End, of task: SupervisedTask, leaderEnd: SupervisedTask.LeaderEnd, leftProcesses: Int = 0
  ) {
    let output = finalOutput(task.id) ?? task.row.output
    let event = task.row.isQuiet && end.isSuccess ? nil : TaskNotification.Event(end)
    closing[task.id] = task
    write { store throws(StoreError) in
      _ = try store.finish(
        task.id, as: end, endedBy: task.endedBy, at: leaderEnd.at,
        durationMilliseconds: leaderEnd.end.map { _ in task.startedInstant.milliseconds(until: leaderEnd.instant) },
        output: output,
        usage: leaderEnd.usage, leftProcesses: leftProcesses, notifying: event)
    } meanwhile: { [unowned self] in
      unrecordedEnds[task.id] = end
      hasChanged(task.id, .ended(end))
    } then: { [unowned self] in
      Failpoint.reach(.ended)
      closing[task.id] = nil
      unrecordedEnds[task.id] = nil
      hasChanged(task.id, .ended(end))
      if event != nil { session.tell(.notified) }
      attempt("looking for what is not kept") { (store) throws(StoreError) in hasRecordedEnd(store) }
    }
  }

  /// Records that the output of a task has reached its limit.
  func recordLimited(_ id: TaskID, _ output: BackgroundTask.Output) {
    write { store throws(StoreError) in
      try store.update(output: output, of: id)
      try store.addNotification(.limited, task: id)
    } then: { [unowned session] in
      session.tell(.notified)
    }
  }

  /// Records, once, that a line of the output of a task has matched.
  func recordMatched(_ id: TaskID, _ line: String) {
    write { store throws(StoreError) in
      if try store.update(matchedLine: line, of: id) { try store.addNotification(.matched, task: id) }
    } then: { [unowned session] in
      session.tell(.notified)
    }
  }

  /// Records that of what a task has left fewer processes are there by now.
  func record(leftProcesses: Int, of id: TaskID) {
    write { store throws(StoreError) in try store.update(leftProcesses: leftProcesses, of: id) }
  }

  /// Records the statuses that hide a failure of a task that is about to end, and tells.
  func record(pipeStatus: [Int32], of id: TaskID, then: @escaping () -> Void) {
    write { store throws(StoreError) in
      try store.update(pipeStatus: pipeStatus, of: id)
    } then: {
      then()
    }
  }

  /// Records that a task goes on though its time is up, unless that is known.
  func recordUnended(_ id: TaskID) {
    write { store throws(StoreError) in
      guard try !store.notifications(of: id).contains(where: { $0.event == .timedOut }) else { return }
      try store.addNotification(.timedOut, task: id)
    } then: { [unowned session] in
      session.tell(.notified)
    }
  }

  /// Records what descendants have written, or had dropped, since their task ended.
  func record(_ output: BackgroundTask.Output, of id: TaskID) {
    write { store throws(StoreError) in try store.update(output: output, of: id) }
  }

  /// What is due to the session, each notice in bytes; nil where it is too much for a message, or cannot be read now.
  var dueNotices: [[UInt8]]? {
    do throws(StoreError) {
      let notices = try perform { (store) throws(StoreError) in try store.dueNotices(of: session.id) }.map(\.bytes)
      let isShort = notices.count <= Patience.mostTold && notices.allSatisfy { $0.count <= Patience.longestToldBytes }
      return isShort ? notices : nil
    } catch {
      session.note("what is due cannot be read: \(error)")
      return nil
    }
  }

  /// Records that notifications have been shown to the session.
  func recordTold(_ ids: [Int64]) {
    let session = session.id
    write { store throws(StoreError) in _ = try store.acknowledge(ids, by: session) }
  }

  /// Records that the session's shell has gone.
  func recordShellEnd() {
    // The record says it itself if it is still to come.
    guard hasSession else { return }
    let (session, moment) = (session.id, Timestamp.now)
    write({ store throws(StoreError) in try store.markShellEnded(session, at: moment) }, isWorthStaying: false)
  }
}
