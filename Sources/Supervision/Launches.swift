import CProtocol
import Connections
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// The session's launches: shells take ids, tasks ask to start, and are admitted when they are on record.
///
/// A task blocks until the supervisor is its parent and has recorded it: without that, a fast task is reaped by the
/// process that forked it and its status is lost, and one that stops before its adoption is never woken.
final class Launches {
  private unowned let supervisor: Supervisor
  private let ledger: Ledger
  private let state: StateDirectory
  private let directory: SessionDirectory
  /// Keeps the session's directory locked.
  private let lock: FileDescriptor
  private let supply: IDSupply
  private let settlement: Settlement
  private var confirmed: ConfirmedLaunches
  private var door: LaunchDoor?
  private var applicants: [TaskID: Applicant] = [:]
  private lazy var considerTimer = supervisor.timers.taskTimer { [unowned self] id in consider(id) }

  /// Takes the lock of the session and opens its FIFO.
  ///
  /// - Throws: `Errno.wouldBlock` if there is another supervisor.
  init(supervisor: Supervisor, state: StateDirectory, ledger: Ledger) throws(Errno) {
    self.supervisor = supervisor
    self.ledger = ledger
    self.state = state
    let session = supervisor.invocation.session
    directory = state.session(session)
    guard let lock = try directory.takeLock() else { throw .wouldBlock }
    self.lock = lock
    let reserve = IDReserve(ledger: ledger, state: state, session: session)
    supply = IDSupply(channel: try IDFifo(directory, loop: supervisor.loop), timers: supervisor.timers) {
      (count) throws(IDShortage) in try reserve.take(count)
    }
    confirmed = ConfirmedLaunches(directory)
    settlement = Settlement(timers: supervisor.timers)
    supply.hasTaken = { [unowned settlement] id in settlement.begin(id) }
    supply.note = { [unowned supervisor] text in supervisor.note(text) }
    ledger.reservedIDs = { [unowned supply, unowned settlement] in supply.offered + settlement.ids }
  }

  /// Makes the socket at which tasks ask to start, of which nobody is heard yet.
  func makeDoor() throws(Errno) {
    let door = try LaunchDoor(directory, loop: supervisor.loop)
    self.door = door
    door.hears = { [unowned self] record, processID, connection in hear(record, processID, connection) }
    // It may be one whose id was taken just now.
    door.isAsked = { [unowned supply] in supply.noteTaken() }
    door.hasFailed = { [unowned self] failure in
      if let id = failure.id, isUnderWay(id) { refuse(id, failure.reason) }
    }
    door.isHeldUp = { [unowned supervisor] error in supervisor.listenLater(because: error) }
    door.note = { [unowned supervisor] text in supervisor.note(text) }
  }

  /// Begins to offer ids. Where nothing can be recorded, launches are refused and told why.
  func offerIDs() { supply.open() }

  /// Hears of tasks that ask to start.
  func listen() { door?.listen() }

  /// Offers ids in place of those that were taken, when all who wait in this turn of the loop have been answered.
  func replenish() { supply.replenish() }

  /// Reads what another supervisor of the session has left, before ids are offered.
  ///
  /// - Returns: The tasks that go on.
  func takeOver() throws(StoreError) -> [TaskStore.Supervised] {
    let session = supervisor.invocation.session
    do throws(StoreError) {
      let (tasks, reserved) = try ledger.perform { (store) throws(StoreError) in
        (try store.supervisedTasks(of: session), try store.reservedTaskIDs(of: session))
      }
      supply.takeOver(reserved: reserved)
      return tasks
    } catch {
      supply.refuse(because: LaunchRefusal(error))
      throw error
    }
  }

  /// Takes back what nobody used and removes the session's directory.
  func close() {
    lookForLaunches()
    ledger.flush()
    let isKnown = abandonAll()
    ledger.flush()
    let offered = supply.offered
    for id in offered { state.removeOutput(of: id) }
    let session = supervisor.invocation.session
    ledger.attempt("ending the session") { (store) throws(StoreError) in
      if !offered.isEmpty { try store.returnReservedTaskIDs(offered) }
      // A short session has had no time for it.
      supervisor.retention?.tidy(store)
      try store.markShellEnded(session)
      try store.dropIfEmpty(session)
    }
    // What is not known yet is found there by whoever puts right what sessions have left.
    if isKnown { directory.remove() }
  }

  /// Whether a shell has taken an id, not long ago, whose task may still come.
  var expectsTasks: Bool {
    lookForLaunches()
    return settlement.expectsTasks
  }

  /// Calls `then` when every launch that is under way now is recorded or has failed.
  func settle(then: @escaping () -> Void) {
    lookForLaunches()
    ledger.review()
    ledger.flush()
    settlement.wait(then: then)
  }

  /// A shell may have taken an id, and a task have come, without the loop having come to it.
  private func lookForLaunches() {
    supply.noteTaken()
    door?.accept()
  }

  // MARK: Tasks that ask

  /// Whether a task may come for an id, and none has.
  private func isUnderWay(_ id: TaskID) -> Bool { settlement.isUnderWay(id) && applicants[id] == nil }

  private func hear(_ record: LaunchRecord, _ processID: Int32, _ connection: Connection) {
    supply.noteTaken(record.id)
    if let task = supervisor.tasks[record.id], task.leader.processID == processID {
      // The supervisor that it had asked died before it could answer.
      LaunchDoor.answer(connection, .go)
    } else if isUnderWay(record.id) {
      Failpoint.reach(.registered)
      applicants[record.id] = Applicant(connection: connection, record: record, processID: processID)
      consider(record.id)
    } else {
      LaunchDoor.answer(connection, .refused("its number is not one of this session's"))
    }
  }

  /// Looks whether a task that waits may start.
  private func consider(_ id: TaskID) {
    guard let applicant = applicants[id] else { return }
    let sighting = ProcessSighting.of(applicant.processID)
    carryOut(.decide(sighting) { supervisor.takeover.learnsEnd(ofChildOf: $0) }, for: id)
  }

  private func carryOut(_ admission: Admission, for id: TaskID) {
    switch admission {
    case .start(let process): record(id, process)
    case .hold(.parent(let process)): awaitParent(of: process, id)
    case .hold(.unseen(let error)): considerLater(id, error)
    case .refuse(let reason): refuse(id, reason)
    case .abandon: abandon(id)
    }
  }

  /// The process in between is about to exit; then the kernel gives the task to the supervisor.
  private func awaitParent(of process: ProcessState, _ id: TaskID) {
    do throws(Errno) {
      let watch = try ProcessWatch(of: process.parentID, in: supervisor.loop) { [unowned self] in consider(id) }
      guard ProcessSighting.of(process.processID).state?.parentID == process.parentID else { return consider(id) }
      applicants[id]?.parentWatch = watch
    } catch .noSuchProcess {
      consider(id)
    } catch  where error.isPassing {
      considerLater(id, error)
    } catch {
      carryOut(.refuse("the supervisor cannot watch it: \(error)"), for: id)
    }
  }

  private func considerLater(_ id: TaskID, _ error: Errno) {
    supervisor.note("\(id) waits to be adopted: \(error)")
    considerTimer.set(id, in: Patience.retryMilliseconds)
  }

  /// Lets a task start as soon as it is on record.
  private func record(_ id: TaskID, _ process: ProcessState) {
    guard let record = applicants[id]?.record,
      let task = SupervisedTask(row: row(of: id, record, process), startedInstant: .now)
    else { return }
    ledger.write { store throws(StoreError) in
      try store.insert(task.row, startedInstant: task.startedInstant)
    } then: { [unowned self] in
      Failpoint.reach(.inserted)
      start(task)
    } orElse: { [unowned self] error in
      carryOut(.refuse("\(error)"), for: id)
    }
  }

  /// Lets a task start that is on record.
  private func start(_ task: SupervisedTask) {
    guard let applicant = applicants.removeValue(forKey: task.id) else { return }
    supervisor.supervise(task)
    LaunchDoor.answer(applicant.connection, .go)
    Failpoint.reach(.started)
    supervisor.takeover.watchIfOrphan(task.id)
    hasSettled(task.id)
    ledger.attempt("hearing what is to be kept") { (store) throws(StoreError) in
      supervisor.retention?.hear(applicant.record.keep, from: store)
    }
    if let end = applicant.end { supervisor.taskHasChanged(task.id, ShellReport.Child(end)) }
  }

  /// A child has ended that is no task, or not yet.
  func childHasEnded(_ child: ReapedChild) {
    for (id, applicant) in applicants where applicant.processID == child.processID { applicants[id]?.end = child }
  }

  private func row(of id: TaskID, _ record: LaunchRecord, _ process: ProcessState) -> BackgroundTask {
    let now = Timestamp.now
    var row = BackgroundTask(
      id: id, session: supervisor.invocation.session, command: record.command,
      workingDirectory: record.workingDirectory, options: record.options,
      output: state.output(of: id, isSplit: record.options.isSplit), queuedAt: now)
    row.state = .running
    row.startedAt = now
    (row.processID, row.processStartTicks, row.bootID) = (process.processID, process.startTicks, Boot.identifier)
    return row
  }

  // MARK: Tasks that do not start

  /// Lets a task end that cannot be recorded, and says why: to the task, whose output keeps it, and to bgsh.
  private func refuse(_ id: TaskID, _ reason: String) {
    if let applicant = applicants.removeValue(forKey: id) { LaunchDoor.answer(applicant.connection, .refused(reason)) }
    supervisor.tell(.unstarted(id, reason: reason))
    supervisor.note("\(id) was not started: \(reason)")
    ledger.attempt("forgetting an id") { (store) throws(StoreError) in try store.forgetReservedTaskID(id) }
    hasSettled(id)
  }

  /// An id was taken whose process is gone, or never came: nobody can know the status of a launch that was confirmed.
  ///
  /// - Parameter confirmed: Nil where nothing had been forked, or confirmed, and where the task itself has asked to start.
  private func abandon(_ id: TaskID, confirmed: LaunchRecord? = nil) {
    let applicant = applicants.removeValue(forKey: id)
    applicant?.connection.close()
    defer { hasSettled(id) }
    guard let record = applicant?.record ?? confirmed else {
      state.removeOutput(of: id)
      return ledger.attempt("taking back an id") { (store) throws(StoreError) in
        try store.returnReservedTaskIDs([id])
      }
    }
    let session = supervisor.invocation.session
    let output = state.output(of: id, isSplit: record.options.isSplit)
    ledger.write { store throws(StoreError) in
      try store.insertLost(id, session: session, record: record, output: output)
    } then: { [unowned supervisor] in
      supervisor.tell(.notified)
    }
  }

  /// Gives up the ids that shells have taken and no task has come for.
  ///
  /// - Returns: False where it cannot be read which of them were confirmed.
  private func abandonAll() -> Bool {
    guard !settlement.isEmpty else { return true }
    do throws(Errno) {
      let confirmed = try LaunchRecord.confirmed(in: directory)
      for id in settlement.ids.sorted() { abandon(id, confirmed: confirmed[id]) }
      return true
    } catch {
      supervisor.note("what was launched last cannot be read: \(error)")
      return false
    }
  }

  private func hasSettled(_ id: TaskID) {
    settlement.end(id)
    guard confirmed.isFull() else { return }
    // Before it is looked which ids were taken: who takes one from now on leaves a line behind this one.
    let bytes = confirmed.bytes
    supply.noteTaken()
    guard settlement.isEmpty, !ledger.hasUnwritten else { return }
    confirmed.forget(before: bytes)
  }
}
