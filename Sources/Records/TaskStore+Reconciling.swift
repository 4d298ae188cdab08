import Notices
package import ProcessControl
import StateFiles
package import Tasks

/// What any bgsh puts right that a supervisor which died could not.
extension TaskStore {
  /// Closes sessions that are gone, and gives their tasks whose processes are gone the state `lost`.
  ///
  /// A process that still runs keeps its task running, though nobody will know its exit status. A session counts as
  /// gone when it has neither a supervisor nor a shell. A shell whose supervisor was killed starts another, which knows
  /// how tasks have ended meanwhile; where it starts none, its tasks whose processes are gone are lost at once.
  ///
  /// - Parameters:
  ///   - isAlive: Whether a session has a supervisor.
  ///   - hasShell: Whether its shell lives.
  ///   - expectsSupervisor: Whether a session whose shell lives will have one again.
  /// - Returns: The tasks that are lost now and were not before.
  @discardableResult
  package func reconcile(
    at moment: Timestamp = .now, isAlive: (SessionID) -> Bool, hasShell: (Session) -> Bool = { $0.hasShell },
    expectsSupervisor: (SessionID) -> Bool = { _ in false }
  ) throws(StoreError) -> [TaskID] {
    let open = try openSessions().filter { !isAlive($0.id) && !hasShell($0) }
    let orphans = try orphanedTasks { (id) throws(StoreError) in
      if isAlive(id) { return true }
      guard expectsSupervisor(id) else { return false }
      return try session(id).map(hasShell) ?? false
    }
    guard !open.isEmpty || !orphans.isEmpty else { return [] }
    return try connection.write { () throws(StoreError) in
      for session in open { try markShellEnded(session.id, at: moment) }
      var lost: [TaskID] = []
      for id in orphans {
        let changed = try connection.run(
          "UPDATE tasks SET state = 'lost', ended_at = ? WHERE id = ? AND ended_at IS NULL",
          .integer(moment.milliseconds), .integer(id.rawValue))
        guard changed == 1 else { continue }
        try forgetSupervision(of: id)
        try addNotification(.lost, task: id, at: moment)
        lost.append(id)
      }
      return lost
    }
  }

  private func orphanedTasks(
    isSupervised: (SessionID) throws(StoreError) -> Bool
  ) throws(StoreError) -> [TaskID] {
    let names = try connection.rows("SELECT DISTINCT session FROM tasks INDEXED BY tasks_live WHERE ended_at IS NULL") {
      SessionID(rawValue: $0.text(0))
    }
    var orphans: [TaskID] = []
    for case let name? in names {
      guard try !isSupervised(name) else { continue }
      orphans += try liveTasks(session: name).filter { !$0.mayRun }.map(\.id)
    }
    return orphans
  }
}
