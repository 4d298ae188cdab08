import CProtocol
import Connections
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// The session's launches: shells take ids, and tasks ask to start.
final class Launches {
  private let session: SupervisedSession
  private let state: StateDirectory
  private let ledger: Ledger
  private let roster: TaskRoster
  private let loop: EventLoop
  private let directory: SessionDirectory
  /// Keeps the session's directory locked.
  private let lock: FileDescriptor
  private let supply: IDSupply
  private let settlement: Settlement
  private var confirmed: ConfirmedLaunches
  private var door: LaunchDoor?
  /// The tasks that ask.
  let applicants: Applicants

  /// Called where somebody has to wait: ``listen()`` is to be called a little later.
  var isHeldUp: (Errno) -> Void = { _ in }
  /// Called with the database when the session ends.
  var tidies: (TaskStore) -> Void = { _ in }

  /// Takes the lock of the session and opens its FIFO.
  ///
  /// - Throws: `Errno.wouldBlock` if there is another supervisor.
  init(
    session: SupervisedSession, state: StateDirectory, ledger: Ledger, roster: TaskRoster, loop: EventLoop,
    processes: any Processes
  ) throws(Errno) {
    self.session = session
    self.ledger = ledger
    self.roster = roster
    self.state = state
    self.loop = loop
    directory = state.session(session.id)
    guard let lock = try directory.takeLock() else { throw .wouldBlock }
    self.lock = lock
    let reserve = IDReserve(ledger: ledger, state: state, session: session.id)
    // A source that launches twice does so at once, and most launch once.
    supply = IDSupply(
      channel: try IDFifo(directory, loop: loop), timers: session.timers,
      offeredAtFirst: session.invocation.feed == .source ? 2 : 1
    ) { (count) throws(IDShortage) in
      try reserve.take(count)
    }
    confirmed = ConfirmedLaunches(directory)
    settlement = Settlement(timers: session.timers)
    applicants = Applicants(
      session: session, state: state, ledger: ledger, roster: roster, settlement: settlement, processes: processes)
    applicants.hasSettled = { [unowned self] _ in forgetConfirmed() }
    supply.hasTaken = { [unowned settlement] id in settlement.begin(id) }
    supply.note = { [unowned session] text in session.note(text) }
    ledger.reservedIDs = { [unowned supply, unowned settlement] in supply.offered + settlement.ids }
  }

  /// Makes the socket at which tasks ask to start, of which nobody is heard yet.
  func makeDoor() throws(Errno) {
    let door = try LaunchDoor(directory, loop: loop)
    self.door = door
    door.hears = { [unowned self] record, processID, connection in
      supply.noteTaken(record.id)
      applicants.hear(record, from: processID, connection)
    }
    door.adopts = { [unowned self] adoption, connection in
      supply.noteTaken(adoption.record.id)
      applicants.hear(adoption, connection)
    }
    door.hearsFailure = { [unowned self] statuses, processID, connection in
      guard let id = roster.id(ofLeader: processID), !statuses.isEmpty else { return connection.answer(.go) }
      ledger.record(pipeStatus: statuses, of: id) { connection.answer(.go) }
    }
    // It may be one whose id was taken just now.
    door.isAsked = { [unowned supply] in supply.noteTaken() }
    door.hasFailed = { [unowned applicants] failure in applicants.hearNonsense(failure) }
    door.isHeldUp = { [unowned self] error in isHeldUp(error) }
    door.note = { [unowned session] text in session.note(text) }
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
    do throws(StoreError) {
      let (tasks, reserved) = try ledger.perform { (store) throws(StoreError) in
        (try store.supervisedTasks(of: session.id), try store.reservedTaskIDs(of: session.id))
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
    ledger.attempt("ending the session") { (store) throws(StoreError) in
      // A short session has had no time for it.
      tidies(store)
      try store.together { () throws(StoreError) in
        if !offered.isEmpty { try store.returnReservedTaskIDs(offered) }
        try store.markShellEnded(session.id)
        try store.dropIfEmpty(session.id)
      }
    }
    // What is not known yet is found in the directory by the next program that reconciles.
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

  /// Gives up the ids that shells have taken and no task has come for.
  ///
  /// - Returns: False where it cannot be read which of them were confirmed.
  private func abandonAll() -> Bool {
    guard !settlement.isEmpty else { return true }
    do throws(Errno) {
      let confirmed = try LaunchRecord.confirmed(in: directory)
      for id in settlement.ids.sorted() { applicants.abandon(id, confirmed: confirmed[id]) }
      return true
    } catch {
      session.note("what was launched last cannot be read: \(error)")
      return false
    }
  }

  /// Forgets what shells have confirmed, now and then, where all of it is on record.
  private func forgetConfirmed() {
    guard confirmed.isFull() else { return }
    // The length is taken first: a shell that takes an id from now on writes behind it.
    let bytes = confirmed.bytes
    supply.noteTaken()
    guard settlement.isEmpty, !ledger.hasUnwritten else { return }
    confirmed.forget(before: bytes)
  }
}
