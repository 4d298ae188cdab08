import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// The session's hand in the task database: what becomes of its tasks is written there in order, and kept until it is.
///
/// Only what the rules of the database refuse is dropped: then the error is ours. For every other reason it is tried
/// again, with another connection, and in another file where the one that was open has been moved away or damaged.
final class Ledger {
  unowned let supervisor: Supervisor
  private let state: StateDirectory
  private let database: OpenStore
  /// Which of the files has been given what the session needs there.
  private var begunFile = 0
  private let queue: WriteQueue<TaskStore>
  /// Tasks whose end is not yet on record.
  var closing: [TaskID: SupervisedTask] = [:]
  /// How tasks have ended of which that has to wait for long.
  var unrecordedEnds: [TaskID: TaskState.End] = [:]
  /// The ids that have been given out and have no record, as another file would have to know them.
  var reservedIDs: () -> [TaskID] = { [] }

  init(supervisor: Supervisor, state: StateDirectory) {
    self.supervisor = supervisor
    self.state = state
    let database = OpenStore(in: state)
    self.database = database
    database.reviewsEachCall = false
    database.hasReplaced = { [unowned supervisor] kept in supervisor.tell(.databaseReplaced(kept: kept)) }
    queue = WriteQueue(timers: supervisor.timers)
    queue.commit = { [unowned self] (works) throws(StoreError) in try commit(works) }
    queue.hasReplacement = { [unowned supervisor] in supervisor.bgsh != nil }
    queue.isTroubled = { [unowned supervisor] error in supervisor.tell(.unrecorded(reason: "\(error)")) }
    queue.isRelieved = { [unowned supervisor] in supervisor.tell(.recorded) }
    queue.hasRetried = { [unowned supervisor] in supervisor.reapChildren() }
    queue.note = { [unowned supervisor] text in supervisor.note(text) }
  }

  private var session: SessionID { supervisor.invocation.session }

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
      if !queue.isStuck { supervisor.note("the task database is tried again: \(error)") }
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

  /// Records the session; and in a file that has come into the place of another, what it has under way.
  private func begin(in store: TaskStore) throws(StoreError) {
    let invocation = supervisor.invocation
    try store.openSession(
      Session(
        id: session, kind: invocation.kind, shellProcessID: invocation.shellProcessID,
        shellStartTicks: supervisor.shellStartTicks, bashProcessID: invocation.bashProcessID, origin: .inherited,
        endedAt: supervisor.bgsh == nil ? .now : nil))
    if begunFile > 0 {
      supervisor.note("the task database is another file by now: what is under way is recorded there")
      let tasks = (Array(supervisor.tasks.values) + closing.values).map {
        TaskStore.Supervised(task: $0.record, supervision: $0.supervision)
      }
      try store.restore(tasks, reserved: reservedIDs(), of: session, highestID: state.highestOutputID)
    }
    // From here on others wait for this loop.
    store.waitForOthers(atMost: Patience.busyMilliseconds)
    database.busyMilliseconds = Patience.busyMilliseconds
    begunFile = database.fileCount
  }

  /// A turn of the loop begins: time has passed in which the file may have gone.
  func turnBegins() { database.reviewAgain() }

  /// Whether what was written is still in the file of that name, or has been put into another.
  func review() {
    guard begunFile > 0 else { return }
    attempt("recording what is under way") { (_) throws(StoreError) in }
  }

  /// Writes what may fail: without it nothing is lost.
  func attempt(_ what: String, _ work: (TaskStore) throws(StoreError) -> Void) {
    do throws(StoreError) {
      try perform(work)
    } catch {
      supervisor.note("\(what) was left undone: \(error)")
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
    queue.hasUnwritten && !(supervisor.bgsh == nil && queue.isHeldUp && isWithoutPlace)
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
      try perform { (store) throws(StoreError) in
        try store.together { () throws(StoreError) in for work in works { try work(store) } }
      }
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

  /// A child is to be forgotten by the kernel.
  func willReap() { queue.willReap() }
}
