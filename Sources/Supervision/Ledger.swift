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
  private var unwritten: [Write] = []
  /// Whether writing has failed and is tried again later.
  private var isHeldUp = false
  /// Whether it has been said that what is to be written has to wait.
  private var isStuck = false
  /// Since when what is to be written has to wait for memory.
  private var lacksMemorySince: MonotonicInstant?
  /// Whether a child was reaped of which something is not on record.
  private var isOnlyWitness = false
  /// Tasks whose end is not yet on record.
  var closing: [TaskID: SupervisedTask] = [:]
  /// How tasks have ended of which that has to wait for long.
  var unrecordedEnds: [TaskID: TaskState.End] = [:]
  /// The ids that have been given out and have no record, as another file would have to know them.
  var reservedIDs: () -> [TaskID] = { [] }

  init(supervisor: Supervisor, state: StateDirectory) {
    self.supervisor = supervisor
    self.state = state
    database = OpenStore(in: state)
    database.reviewsEachCall = false
    database.hasReplaced = { [unowned supervisor] kept in supervisor.tell(.databaseReplaced(kept: kept)) }
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
      if !isStuck { supervisor.note("the task database is tried again: \(error)") }
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
        endedAt: supervisor.shell == nil ? .now : nil))
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

  private struct Write {
    let work: (TaskStore) throws(StoreError) -> Void
    /// Called when that has to wait for longer than somebody who knows nothing of it should.
    let meanwhile: () -> Void
    let then: () -> Void
    /// What is to be done instead where it fails, unless somebody holds the database; nil tries for ever.
    let orElse: ((StoreError) -> Void)?
    /// Whether a session that is over otherwise waits for it.
    let isWorthStaying: Bool
  }

  /// Whether something that is known is not yet on record, and may still be.
  var hasUnwritten: Bool {
    unwritten.contains(where: \.isWorthStaying) && !(supervisor.shell == nil && isHeldUp && isWithoutPlace)
  }

  /// Writes when this turn of the loop ends, or ``flush()`` is called; and tells afterwards.
  func write(
    _ work: @escaping (TaskStore) throws(StoreError) -> Void, meanwhile: @escaping () -> Void = {},
    then: @escaping () -> Void = {}, orElse: ((StoreError) -> Void)? = nil, isWorthStaying: Bool = true
  ) {
    unwritten.append(
      Write(work: work, meanwhile: meanwhile, then: then, orElse: orElse, isWorthStaying: isWorthStaying))
    if isStuck { meanwhile() }
  }

  /// Tries again what could not be written.
  func writeOutstanding() {
    isHeldUp = false
    flush()
  }

  /// Whether nothing can be written for lack of memory. What is not on record is then not to be forgotten by the kernel.
  var lacksMemory: Bool { lacksMemorySince != nil }

  private func lacksMemory(for milliseconds: Int64) -> Bool {
    lacksMemorySince.map { $0.milliseconds(until: .now) >= milliseconds } ?? false
  }

  /// Whether another supervisor may fare better, and would lose nothing; or nobody is left to start one, and it has lasted
  /// so long that this one would stay for ever.
  var hasGivenUpWriting: Bool {
    if supervisor.shell == nil { return lacksMemory(for: Patience.longMemoryMilliseconds) }
    return lacksMemory(for: Patience.memoryMilliseconds) && !isOnlyWitness
  }

  /// A child is to be forgotten by the kernel.
  func willReap() {
    if !unwritten.isEmpty { isOnlyWitness = true }
  }

  /// Writes what has come up, in order and in one transaction: what many launches write at the same time costs little
  /// more than one. What cannot be written is tried again later, for whatever reason.
  func flush() {
    var isOneByOne = false
    while !unwritten.isEmpty, !isHeldUp {
      let batch = Array(unwritten.prefix(isOneByOne ? 1 : unwritten.count))
      do throws(StoreError) {
        try commit(batch)
        unwritten.removeFirst(batch.count)
        isOneByOne = false
        for write in batch { write.then() }
      } catch {
        // The others may have nothing to do with why one fails.
        if batch.count > 1, error != .busy { isOneByOne = true } else { firstHasFailed(error) }
      }
    }
    if unwritten.isEmpty { allIsWritten() }
  }

  private func commit(_ batch: [Write]) throws(StoreError) {
    func work() throws(StoreError) {
      try perform { (store) throws(StoreError) in
        try store.together { () throws(StoreError) in for write in batch { try write.work(store) } }
      }
    }
    do throws(StoreError) {
      try work()
    } catch .full {
      // The database may have room for what the log holds, and then the disk has room for the log.
      try perform { (store) throws(StoreError) in try store.emptyLog() }
      try work()
    }
  }

  private func firstHasFailed(_ error: StoreError) {
    let write = unwritten[0]
    // Who asked to start may as well wait for another supervisor, unless there will be none.
    let hasReplacement = supervisor.shell != nil || !lacksMemory(for: Patience.memoryMilliseconds)
    let isWorthWaiting = error == .busy || error == .noMemory && hasReplacement
    if let orElse = write.orElse, !isWorthWaiting {
      unwritten.removeFirst()
      orElse(error)
    } else if case .refused = error {
      // Trying again would not help, and must not hold up what comes after it.
      supervisor.note("a record was dropped: \(error)")
      unwritten.removeFirst().meanwhile()
    } else {
      if error == .noMemory { lacksMemorySince = lacksMemorySince ?? .now }
      if error != .busy { tellOfTrouble(error) }
      isHeldUp = true
      supervisor.timers.add(.write, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  /// Says once that nothing can be recorded; who waits for an end is told of it all the same.
  func tellOfTrouble(_ error: StoreError) {
    guard !isStuck else { return }
    isStuck = true
    supervisor.note("nothing can be recorded for now: \(error)")
    supervisor.tell(.unrecorded(reason: "\(error)"))
    for write in unwritten { write.meanwhile() }
  }

  /// Everything that had to wait is on record.
  func allIsWritten() {
    if isStuck {
      isStuck = false
      supervisor.note("everything is on record again")
      supervisor.tell(.recorded)
    }
    lacksMemorySince = nil
    isOnlyWitness = false
  }
}
