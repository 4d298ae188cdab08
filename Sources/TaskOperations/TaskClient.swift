import Notices
import ProcessControl
package import Records
package import StateFiles
import SupervisorProtocol
package import Tasks

/// What a program asks about the user's tasks, seen from the session that it belongs to.
///
/// It opens the task database once, and anew where another file has its name by now. Nothing that it does prints or exits:
/// what it could not do is thrown, and what the user should know besides is a ``Remark``.
package struct TaskClient {
  package let directory: StateDirectory
  /// Nil in a terminal or program that belongs to no session: then all of the user's sessions are meant.
  package let session: SessionID?
  /// The task that the asking program is part of.
  package let enclosingTask: TaskID?
  private let database: OpenStore
  let remark: (Remark) -> Void
  let patience: Patience

  /// How long a supervisor is waited for that hangs, in milliseconds: one that does not answers at once.
  package struct Patience: Sendable {
    /// What a signal may take, and when it is said that it is waited for.
    package var answerMilliseconds: Int64 = 10_000
    package var answerRemarkMilliseconds: Int64 = 1_000
    /// The same of launches that are under way: it gives up those that stay silent for 2 s.
    package var settleMilliseconds: Int64 = 5_000
    package var settleRemarkMilliseconds: Int64 = 2_500

    package init() {}
  }

  /// Opens the database when every task that the session has launched is on record, and puts right what a supervisor
  /// that died could not.
  ///
  /// - Parameters:
  ///   - session: The session that the program was started in. One that is over is none.
  ///   - remark: Hears what the user should know though the operation goes on.
  package init(
    session: SessionID?, enclosingTask: TaskID? = nil, remark: @escaping (Remark) -> Void
  ) throws(OperationFailure) {
    let directory: StateDirectory
    do throws(StateDirectoryError) {
      directory = try StateDirectory.open()
    } catch {
      throw .noStateDirectory(error)
    }
    try self.init(in: directory, session: session, enclosingTask: enclosingTask, remark: remark)
  }

  /// Does the same in a state directory that has been opened.
  package init(
    in directory: StateDirectory, session: SessionID?, enclosingTask: TaskID? = nil, patience: Patience = Patience(),
    remark: @escaping (Remark) -> Void
  ) throws(OperationFailure) {
    self.directory = directory
    self.session = session.flatMap { directory.session($0).isOver ? nil : $0 }
    self.enclosingTask = enclosingTask
    self.remark = remark
    self.patience = patience
    database = OpenStore(in: directory)
    settle()
    var hasReplaced = false
    database.hasReplaced = { kept in
      hasReplaced = true
      remark(.databaseReplaced(keptAs: kept))
    }
    _ = try asking { (_) throws(StoreError) in }
    // The supervisor puts into the new one what is under way.
    if hasReplaced { settle() }
    try reconcile()
  }

  /// Waits for launches that are under way: `make &bg; wait @@` means that very task.
  private func settle() {
    guard let session, var supervisor = try? SupervisorClient(directory.session(session), asking: .settle) else {
      return
    }
    _ = try? nextReply(
      of: &supervisor, within: patience.settleMilliseconds, remarkAfter: patience.settleRemarkMilliseconds)
  }

  /// Waits for a supervisor, and says so where it takes long.
  func nextReply(
    of supervisor: inout SupervisorClient, within milliseconds: Int64, remarkAfter first: Int64
  ) throws(SupervisorError) -> SupervisorReply? {
    do throws(SupervisorError) {
      return try supervisor.nextReply(timeoutMilliseconds: first)
    } catch .timedOut where first < milliseconds {
      remark(.supervisorSilent)
      return try supervisor.nextReply(timeoutMilliseconds: milliseconds - first)
    }
  }

  /// Asks the records.
  func asking<Answer>(_ question: (TaskStore) throws(StoreError) -> Answer) throws(OperationFailure) -> Answer {
    do throws(StoreError) {
      return try question(try database.current())
    } catch {
      throw .recordsFailed(error)
    }
  }

  /// Puts right what sessions that were killed could not.
  func reconcile() throws(OperationFailure) {
    try asking { (store) throws(StoreError) in try Reconciliation(directory, store).run() }
  }

  /// Moves a database away that has turned out to be damaged.
  ///
  /// - Returns: What to say of it instead of the failure; nil where it was not moved.
  package static func replaceDatabase(after failure: StoreError, in directory: StateDirectory) -> Remark? {
    guard case .damaged = failure,
      let kept = try? TaskStore.openReplacingDamaged(in: directory, reading: .all).kept
    else { return nil }
    return .databaseReplaced(keptAs: kept)
  }

  /// How far the session has seen what a task has written; nil outside a session.
  func seenMark(of task: TaskID, _ file: OutputFile) -> SeenMark? {
    session.map { SeenMark(task: task, file: file, session: $0, in: directory) }
  }
}
