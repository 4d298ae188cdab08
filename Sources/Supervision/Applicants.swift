import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// The tasks that ask to start: each is admitted when it is on record, held until it can be, or refused.
///
/// A task blocks until the supervisor is its parent and has recorded it: without that, a fast task is reaped by the
/// process that forked it and its status is lost, and one that stops before its adoption is never woken.
final class Applicants {
  private let session: SupervisedSession
  private let state: StateDirectory
  private let ledger: Ledger
  private let roster: TaskRoster
  private let settlement: Settlement
  private let processes: any Processes
  private var applicants: [TaskID: Applicant] = [:]
  private lazy var considerTimer = session.timers.taskTimer { [unowned self] id in consider(id) }

  /// Whether it becomes known here how a child of a process ends.
  var learnsEnd: (_ parentID: Int32) -> Bool = { _ in true }
  /// Called with each task whose process ran already.
  var hasAdopted: (TaskID) -> Void = { _ in }
  /// Called with each task that has been told to start.
  var hasStarted: (TaskID, LaunchRecord) -> Void = { _, _ in }
  /// Called when a launch is on record, or has failed.
  var hasSettled: (TaskID) -> Void = { _ in }

  init(
    session: SupervisedSession, state: StateDirectory, ledger: Ledger, roster: TaskRoster, settlement: Settlement,
    processes: any Processes
  ) {
    self.session = session
    self.state = state
    self.ledger = ledger
    self.roster = roster
    self.settlement = settlement
    self.processes = processes
  }

  /// Whether a task may come for an id, and none has.
  private func isAwaited(_ id: TaskID) -> Bool { settlement.isUnderWay(id) && applicants[id] == nil }

  func hear(_ record: LaunchRecord, from processID: Int32, _ caller: any LaunchCaller) {
    if let task = roster[record.id], task.leader.processID == processID {
      // The supervisor that it had asked died before it could answer.
      caller.answer(.go)
    } else if isAwaited(record.id) {
      Failpoint.reach(.registered)
      applicants[record.id] = Applicant(caller: caller, record: record, processID: processID)
      consider(record.id)
    } else {
      caller.answer(.refused("its number is not one of this session's"))
    }
  }

  /// Somebody asks that a process become a task that runs already.
  func hear(_ adoption: Adoption, _ caller: any LaunchCaller) {
    let id = adoption.record.id
    if roster[id]?.leader == adoption.leader {
      // The supervisor that was asked first died before it could answer.
      caller.answer(.go)
    } else if isAwaited(id) {
      Failpoint.reach(.registered)
      applicants[id] = Applicant(
        caller: caller, record: adoption.record, processID: adoption.leader.processID, adoption: adoption)
      consider(id)
    } else {
      caller.answer(wasTask(adoption) ? .go : .refused("its number is not one of this session's"))
    }
  }

  /// Whether a process became a task, and has ended since.
  private func wasTask(_ adoption: Adoption) -> Bool {
    var row = ledger.closing[adoption.record.id]?.row
    if row == nil {
      ledger.attempt("looking for a task") { (store) throws(StoreError) in row = try store.task(adoption.record.id) }
    }
    return row?.session == session.id && row?.processID == adoption.leader.processID
      && row?.processStartTicks == adoption.leader.startTicks
  }

  /// A task has asked with a record that is none, and knows it.
  func hearNonsense(_ failure: LaunchFailure) {
    if let id = failure.id, isAwaited(id) { refuse(id, failure.reason) }
  }

  /// Looks whether a task that waits may start.
  private func consider(_ id: TaskID) {
    guard let applicant = applicants[id] else { return }
    let sighting = processes.sighting(of: applicant.processID)
    if let leader = applicant.adoption?.leader {
      carryOut(.decide(sighting, adopting: leader, learnsEnd: learnsEnd), for: id)
    } else {
      carryOut(.decide(sighting, learnsEnd: learnsEnd), for: id)
    }
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
      let watch = try processes.awaitEnd(of: process.parentID) { [unowned self] in consider(id) }
      let parentID = processes.sighting(of: process.processID).state?.parentID
      guard parentID == process.parentID else { return consider(id) }
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
    session.note("\(id) waits to be adopted: \(error)")
    considerTimer.set(id, in: Patience.retryMilliseconds)
  }

  /// Lets a task start as soon as it is on record.
  private func record(_ id: TaskID, _ process: ProcessState) {
    guard let applicant = applicants[id],
      let task = SupervisedTask(
        row: row(of: applicant, process), startedInstant: applicant.adoption?.startedInstant ?? session.now,
        sinceTicks: applicant.adoption?.sinceTicks)
    else { return }
    ledger.write { store throws(StoreError) in
      try store.insert(task.row, startedInstant: task.startedInstant, sinceTicks: task.sinceTicks)
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
    // It is a task from now on, and no more the session's bash than its copies are.
    if session.bashProcessID == task.leader.processID { session.bashProcessID = nil }
    roster.add(task)
    applicant.caller.answer(.go)
    Failpoint.reach(.started)
    if applicant.adoption == nil { hasStarted(task.id, applicant.record) } else { hasAdopted(task.id) }
    settle(task.id)
    if let end = applicant.end { roster.leaderHasChanged(task.id, end) }
  }

  /// A child has ended that is no task, or not yet.
  func childHasEnded(_ child: ShellReport.Child) {
    for (id, applicant) in applicants where applicant.processID == child.processID { applicants[id]?.end = child }
  }

  private func row(of applicant: Applicant, _ process: ProcessState) -> BackgroundTask {
    let record = applicant.record
    let now = applicant.adoption?.startedAt ?? .now
    var row = BackgroundTask(
      id: record.id, session: session.id, command: record.command,
      workingDirectory: record.workingDirectory, options: record.options,
      output: state.output(of: record.id, isSplit: record.options.isSplit), queuedAt: now)
    row.state = .running
    row.startedAt = now
    (row.processID, row.processStartTicks, row.bootID) = (process.processID, process.startTicks, Boot.identifier)
    return row
  }

  // MARK: Tasks that do not start

  /// Lets a task end that cannot be recorded, and says why: to the task, whose output keeps it, and to bgsh.
  private func refuse(_ id: TaskID, _ reason: String) {
    let applicant = applicants.removeValue(forKey: id)
    applicant?.caller.answer(.refused(reason))
    // Whoever wants a process adopted has told nobody of it yet.
    if applicant?.adoption == nil { session.tell(.unstarted(id, reason: reason)) }
    session.note("\(id) was not started: \(reason)")
    ledger.attempt("forgetting an id") { (store) throws(StoreError) in try store.forgetReservedTaskID(id) }
    settle(id)
  }

  /// Gives up an id that was taken, whose process is gone, or never came: nobody can know the status of a launch that was
  /// confirmed.
  ///
  /// - Parameter confirmed: Nil where nothing had been forked, or confirmed, and where the task itself has asked to start.
  func abandon(_ id: TaskID, confirmed: LaunchRecord? = nil) {
    let applicant = applicants.removeValue(forKey: id)
    applicant?.caller.close()
    defer { settle(id) }
    guard let record = applicant?.record ?? confirmed else {
      state.removeOutput(of: id)
      return ledger.attempt("taking back an id") { (store) throws(StoreError) in
        try store.returnReservedTaskIDs([id])
      }
    }
    let output = state.output(of: id, isSplit: record.options.isSplit)
    ledger.write { [session] store throws(StoreError) in
      try store.insertLost(id, session: session.id, record: record, output: output)
    } then: { [unowned session] in
      session.tell(.notified)
    }
  }

  private func settle(_ id: TaskID) {
    settlement.end(id)
    hasSettled(id)
  }
}
