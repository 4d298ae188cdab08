import Glibc
import Notices
import ProcessControl
package import StateFiles
package import SupervisorProtocol
import SystemPackage
package import Tasks

/// Puts right what sessions that were killed could not: records, launches under way, and files.
package struct Reconciliation {
  private let directory: StateDirectory
  private let store: TaskStore

  package init(_ directory: StateDirectory, _ store: TaskStore) {
    self.directory = directory
    self.store = store
  }

  /// Looks, and puts right.
  package func run() throws(StoreError) {
    try store.reconcile {
      directory.session($0).isAlive
    } hasShell: {
      directory.session($0.id).hasShell || $0.hasShell
    } expectsSupervisor: {
      directory.session($0).expectsSupervisor
    }
    var unread: Set<SessionID> = []
    for session in try store.supervisedSessions() where try isOver(session) {
      if try !clearLaunches(of: session) { unread.insert(session) }
    }
    for session in directory.sessions() where try isOver(session.id) && !unread.contains(session.id) {
      session.removeIfUnlocked()
    }
    for start in directory.brokenStarts() { start.remove() }
  }

  /// Whether neither a supervisor nor a shell is left of a session.
  private func isOver(_ id: SessionID) throws(StoreError) -> Bool {
    guard directory.session(id).isOver else { return false }
    return try store.session(id).map { !$0.hasShell } ?? true
  }

  /// Gives the ids back that were taken and have no task. Where the launch was confirmed its task is recorded as lost.
  ///
  /// - Returns: False where it cannot be read now what was confirmed: whoever looks next may be able to.
  private func clearLaunches(of session: SessionID) throws(StoreError) -> Bool {
    let reserved = try store.reservedTaskIDs(of: session)
    guard !reserved.isEmpty else { return true }
    let confirmed: [TaskID: LaunchRecord]
    do throws(Errno) {
      confirmed = try LaunchRecord.confirmed(in: directory.session(session))
    } catch {
      return false
    }
    for id in reserved.reversed() {
      if let record = confirmed[id] {
        try store.insertLost(
          id, session: session, record: record, output: directory.output(of: id, isSplit: record.options.isSplit))
      } else {
        directory.removeOutput(of: id)
        try store.returnReservedTaskIDs([id])
      }
    }
    return true
  }
}

extension TaskStore {
  /// Records a task that was confirmed, and that never started as far as is known. Does nothing if it is on record
  /// already.
  package func insertLost(
    _ id: TaskID, session: SessionID, record: LaunchRecord, output: BackgroundTask.Output
  ) throws(StoreError) {
    let row = BackgroundTask(
      id: id, session: session, command: record.command, workingDirectory: record.workingDirectory,
      options: record.options, output: output, queuedAt: .now)
    try connection.write { () throws(StoreError) in
      guard try task(id) == nil else { return }
      try insert(row)
      try end(id, as: .lost, durationMilliseconds: nil, notifying: .lost)
    }
  }
}
