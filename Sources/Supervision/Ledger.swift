import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Writes what becomes of the session's tasks to the task database, in order, and keeps what cannot be written until it
/// can.
///
/// Only what the rules of the database refuse is dropped: then the error is ours. For every other reason it is tried
/// again, with another connection, and in another file where the one that was open has been moved away or damaged.
final class Ledger {
  let session: SupervisedSession
  private let state: StateDirectory
  private let database: OpenStore
  /// Which of the files has been given what the session needs there, and which has the session's own record.
  private var begunFile = 0
  private var sessionFile = 0
  private let queue: WriteQueue<TaskStore>
  /// Tasks whose end is not yet on record.
  var closing: [TaskID: SupervisedTask] = [:]
  /// How tasks have ended of which that has to wait for long.
  var unrecordedEnds: [TaskID: TaskState.End] = [:]

  /// What another file would have to know: the tasks that have not ended, and the ids that have been given out and have no
  /// record.
  var liveTasks: () -> [SupervisedTask] = { [] }
  var reservedIDs: () -> [TaskID] = { [] }
  /// Called with each new state of a task as soon as others may know it: it is on record, or has to wait for that.
  var hasChanged: (TaskID, TaskState) -> Void = { _, _ in }
  /// The output of a task that has ended, as it is now; nil keeps what is known of it.
  var finalOutput: (TaskID) -> BackgroundTask.Output? = { _ in nil }
  /// Called with the database when the end of a task is on record.
  var hasRecordedEnd: (TaskStore) -> Void = { _ in }
  /// Called when what could not be written has been tried again.
  var hasRetried: () -> Void = {}

  init(session: SupervisedSession, state: StateDirectory) {
    self.session = session
    self.state = state
    let database = OpenStore(in: state)
    self.database = database
    database.reviewsEachCall = false
    // A shell waits for its first id. What is damaged shows when it is written to, and is replaced then.
    database.readsAhead = false
    database.hasReplaced = { [unowned session] kept in session.tell(.databaseReplaced(kept: kept)) }
    queue = WriteQueue(timers: session.timers)
    queue.commit = { [unowned self] (works) throws(StoreError) in try commit(works) }
    queue.hasReplacement = { [unowned session] in session.hasBgsh }
    queue.isTroubled = { [unowned session] error in session.tell(.unrecorded(reason: "\(error)")) }
    queue.isRelieved = { [unowned session] in session.tell(.recorded) }
    queue.hasRetried = { [unowned self] in hasRetried() }
    queue.note = { [unowned session] text in session.note(text) }
  }

  // MARK: The database

  /// Calls `work` with the database; once more, with another connection, where what failed may be the connection's fault.
  func perform<Result>(_ work: (TaskStore) throws(StoreError) -> Result) throws(StoreError) -> Result {
    do throws(StoreError) {
      return try work(try store())
    } catch {
      switch error {
      case .busy, .full, .refused: throw error
      default: database.close(because: error)
      }
      if !queue.isStuck { session.note("the task database is tried again: \(error)") }
    }
    do throws(StoreError) {
      return try work(try store())
    } catch {
      database.close(because: error)
      throw error
    }
  }

  private func store() throws(StoreError) -> TaskStore {
    let store = try database.current()
    if database.fileCount != begunFile { try begin(in: store) }
    return store
  }

  /// Records in a file that has come into the place of another what the session has under way.
  private func begin(in store: TaskStore) throws(StoreError) {
    if begunFile > 0 {
      session.note("the task database is another file by now: what is under way is recorded there")
      try recordSession(in: store)
      sessionFile = database.fileCount
      let tasks = (liveTasks() + closing.values).map {
        TaskStore.Supervised(task: $0.record, supervision: $0.supervision)
      }
      try store.restore(tasks, reserved: reservedIDs(), of: session.id, highestID: state.highestOutputID)
    }
    // Shells and clients wait for this loop from here on.
    store.waitForOthers(atMost: Patience.busyMilliseconds)
    database.busyMilliseconds = Patience.busyMilliseconds
    begunFile = database.fileCount
  }

  /// Does some work in one transaction, and records the session before anything of it is recorded.
  func together<Result>(_ work: (TaskStore) throws(StoreError) -> Result) throws(StoreError) -> Result {
    try perform { (store) throws(StoreError) in
      let result = try store.together { () throws(StoreError) in
        try recordSession(in: store)
        return try work(store)
      }
      sessionFile = database.fileCount
      return result
    }
  }

  private func recordSession(in store: TaskStore) throws(StoreError) {
    guard sessionFile != database.fileCount else { return }
    let invocation = session.invocation
    try store.openSession(
      Session(
        id: session.id, kind: invocation.kind, shellProcessID: invocation.shellProcessID,
        shellStartTicks: session.shellStartTicks, bashProcessID: invocation.bashProcessID, origin: .inherited,
        hosts: invocation.kind == .script
          ? HostProcess.path(HostProcess.ancestors(of: invocation.shellProcessID)) : nil,
        endedAt: session.hasBgsh ? nil : .now))
  }

  /// Whether the session has a record.
  var hasSession: Bool { sessionFile > 0 }

  /// A turn of the loop begins: time has passed in which the file may have gone.
  func turnBegins() { database.reviewAgain() }

  /// Whether what was written is still in the file of that name, or has been put into another.
  func review() {
    guard begunFile > 0 else { return }
    attempt("recording what is under way") { (_) throws(StoreError) in }
  }

  /// Does work with the database that may be left undone.
  func attempt(_ what: String, _ work: (TaskStore) throws(StoreError) -> Void) {
    do throws(StoreError) {
      try perform(work)
    } catch {
      session.note("\(what) was left undone: \(error)")
    }
  }

  /// Whether there is no place any more where anything could be written.
  var isWithoutPlace: Bool {
    do throws(Errno) {
      try systemCall { access(state.path, F_OK) }
      return false
    } catch {
      return error == .noSuchFileOrDirectory || error == .notDirectory
    }
  }

  // MARK: Writing

  /// Whether something that is known is not yet on record, and may still be.
  var hasUnwritten: Bool {
    queue.hasUnwritten && (session.hasBgsh || !queue.isHeldUp || !isWithoutPlace)
  }

  /// Writes when this turn of the loop ends, or ``flush()`` is called; and tells afterwards.
  func write(
    _ work: @escaping (TaskStore) throws(StoreError) -> Void, meanwhile: @escaping () -> Void = {},
    then: @escaping () -> Void = {}, orElse: ((StoreError) -> Void)? = nil, isWorthStaying: Bool = true
  ) {
    queue.write(work, meanwhile: meanwhile, then: then, orElse: orElse, isWorthStaying: isWorthStaying)
  }

  /// Writes what has come up: what cannot be written is tried again later.
  func flush() { queue.flush() }

  private func commit(_ works: [WriteQueue<TaskStore>.Work]) throws(StoreError) {
    func commit() throws(StoreError) {
      try together { (store) throws(StoreError) in for work in works { try work(store) } }
    }
    do throws(StoreError) {
      try commit()
    } catch .full {
      // The database may have room for what the log holds, and then the disk has room for the log.
      try perform { (store) throws(StoreError) in try store.emptyLog() }
      try commit()
    }
  }

  /// Says once that nothing can be recorded.
  func tellOfTrouble(_ error: StoreError) { queue.tellOfTrouble(error) }

  /// Whether nothing can be written for lack of memory. What is not on record is then not to be forgotten by the kernel.
  var lacksMemory: Bool { queue.lacksMemory }

  /// Whether another supervisor is to try.
  var hasGivenUpWriting: Bool { queue.hasGivenUp }

  /// A child is about to be reaped: the kernel forgets how it ended.
  func willReap() { queue.willReap() }
}
