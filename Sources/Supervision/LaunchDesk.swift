import CProcess
import CProtocol
import Connections
import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Hands out ids, and lets tasks start that ask for it.
///
/// A task blocks until the supervisor is its parent and has recorded it: without that, a fast task is reaped by the
/// process that forked it and its status is lost, and one that stops before its adoption is never woken.
final class LaunchDesk {
  private unowned let supervisor: Supervisor
  private let channels: LaunchChannels
  private let ledger: Ledger
  private var refusal = LaunchRefusal.database
  /// Whether it is known what another supervisor has left.
  private var isOpen = false
  /// The ids in the FIFO, in their order.
  private var offered: [TaskID] = []
  /// How many are offered at once: one, until launches come in quick succession.
  private var offeredAtOnce = 1
  private var lastTaken: MonotonicInstant?
  private var takersWatch: EventLoop.WatchID?
  private var isOfferScheduled = false
  /// Since when no id could be reserved, because the database was locked.
  private var busySince: MonotonicInstant?
  /// Ids that shells have taken and no task has come for yet, and when that was seen.
  private var taken: [TaskID: MonotonicInstant] = [:]
  /// Those of them that have been waited for long enough.
  private var overdue: Set<TaskID> = []
  /// How many launches the list of those that were confirmed may hold.
  private var confirmedCount = 0
  private var settling: [(awaiting: Set<TaskID>, deadline: MonotonicInstant, then: () -> Void)] = []
  /// Connections that have not said everything.
  private var incoming: [ObjectIdentifier: Connection] = [:]
  private var applicants: [TaskID: Applicant] = [:]
  private lazy var listener = makeListener()
  /// A task that asks to start, until it is answered.
  private struct Applicant {
    let connection: Connection
    let record: LaunchRecord
    let processID: Int32
    /// What became of it before it could be supervised.
    var end: ReapedChild?
    /// Tells of the end of its parent, until which it is not this process's child.
    var parentWatch: ProcessWatch?
  }

  init(supervisor: Supervisor, channels: LaunchChannels, ledger: Ledger) {
    self.supervisor = supervisor
    self.channels = channels
    self.ledger = ledger
    ledger.reservedIDs = { [unowned self] in offered + taken.keys }
  }

  /// Begins to answer. Where nothing can be recorded, launches are refused and told why.
  func open() {
    isOpen = true
    // A shell may be waiting by now.
    offerIDs()
    listen()
  }

  /// Reads what another supervisor of the session has left, before ``open()``.
  ///
  /// - Returns: The tasks that go on.
  func takeOver() throws(StoreError) -> [TaskStore.Supervised] {
    let session = supervisor.invocation.session
    let tasks: [TaskStore.Supervised]
    let reserved: [TaskID]
    do throws(StoreError) {
      (tasks, reserved) = try ledger.perform { (store) throws(StoreError) in
        (try store.supervisedTasks(of: session), try store.reservedTaskIDs(of: session))
      }
    } catch {
      // Who launches meanwhile is told why not.
      refusal = LaunchRefusal(error)
      if channels.packetsLeft(of: []) == 0 { refuse() }
      throw error
    }
    _ = channels.takeBack()
    // What is in the FIFO, which bgsh has held open, nobody has taken.
    offered = channels.leftOver.compactMap(\.id).filter(reserved.contains)
    while offeredAtOnce < offered.count, channels.makeRoom(for: offeredAtOnce * 2) { offeredAtOnce *= 2 }
    for id in offered { send(.init(id)) }
    // Who has taken one asks again.
    for id in reserved where !offered.contains(id) { noteTaken(id) }
    return tasks
  }

  /// Takes back what nobody used and removes the session's directory.
  func close() {
    noteTakenIDs()
    accept()
    ledger.flush()
    let isKnown = abandonTaken()
    ledger.flush()
    for id in offered { channels.state.removeOutput(of: id) }
    let session = supervisor.invocation.session
    ledger.attempt("ending the session") { [offered] (store) throws(StoreError) in
      if !offered.isEmpty { try store.returnReservedTaskIDs(offered) }
      // A short session has had no time for it.
      supervisor.keepDesk?.tidy(store)
      try store.markShellEnded(session)
      try store.dropIfEmpty(session)
    }
    // What is not known yet is found there by whoever puts right what sessions have left.
    if isKnown { channels.remove() }
  }

  /// Gives up the ids that shells have taken and no task has come for.
  ///
  /// - Returns: False where it cannot be read which of them were confirmed.
  private func abandonTaken() -> Bool {
    guard !taken.isEmpty else { return true }
    do throws(Errno) {
      let confirmed = try LaunchRecord.confirmed(in: channels.directory)
      for id in taken.keys.sorted() { abandon(id, confirmed: confirmed[id]) }
      return true
    } catch {
      supervisor.note("what was launched last cannot be read: \(error)")
      return false
    }
  }

  /// Whether a shell has taken an id, not long ago, whose task may still come.
  var expectsTasks: Bool {
    noteTakenIDs()
    accept()
    let now = MonotonicInstant.now
    return taken.values.contains { now < $0.advanced(milliseconds: Patience.registrationMilliseconds) }
  }

  // MARK: Settling

  /// Calls `then` when every launch that is under way now is recorded or has failed.
  func settle(then: @escaping () -> Void) {
    // A shell may have taken the id that was offered without this loop having come to it.
    offerIDs()
    accept()
    ledger.review()
    ledger.flush()
    let awaiting = Set(taken.keys).subtracting(overdue)
    if awaiting.isEmpty {
      then()
    } else {
      let deadline = MonotonicInstant.now.advanced(milliseconds: Patience.settleMilliseconds)
      settling.append((awaiting, deadline, then))
      supervisor.timers.add(.unsettled, at: deadline)
    }
  }

  /// Lets those go on who have waited long enough for launches that never came.
  func giveUpSettling() {
    let now = MonotonicInstant.now
    let waiting = settling.filter { $0.deadline <= now }
    settling.removeAll { $0.deadline <= now }
    // They may still come; nobody waits for them again.
    for entry in waiting { overdue.formUnion(entry.awaiting) }
    for entry in waiting { entry.then() }
  }

  private func settled(_ id: TaskID) {
    taken[id] = nil
    overdue.remove(id)
    forgetConfirmed()
    for index in settling.indices { settling[index].awaiting.remove(id) }
    let done = settling.filter(\.awaiting.isEmpty)
    settling.removeAll(where: \.awaiting.isEmpty)
    for entry in done { entry.then() }
  }

  /// Empties the list of what was confirmed, now and then, when all of it is on record.
  private func forgetConfirmed() {
    confirmedCount += 1
    guard confirmedCount >= Patience.confirmedLaunches else { return }
    // Before it is looked which ids were taken: who takes one from now on leaves a line behind this one.
    let bytes = channels.confirmedBytes
    noteTakenIDs()
    guard taken.isEmpty, !ledger.hasUnwritten else { return }
    confirmedCount = 0
    channels.forgetConfirmed(before: bytes)
  }

  // MARK: Ids

  /// Fills the FIFO again when half of its ids have been taken, or when some have and no more are.
  private func offerIDs(isCalm: Bool = false) {
    guard isOpen else { return }
    noteTakenIDs()
    // Without ids there can be refusals in it.
    if offered.isEmpty { _ = channels.takeBack() }
    let isDue = isCalm ? offered.count < offeredAtOnce : offered.count * 2 <= offeredAtOnce
    let hasFailed = isDue && !offerMore()
    if hasFailed, offered.isEmpty, refusal != .busy || isBusyForLong { refuse() }
    let isPatient = hasFailed && refusal != .busy
    awaitTaker(or: isPatient ? Patience.retryMilliseconds : Patience.offerSoonMilliseconds)
  }

  /// Hears of the next id that is taken if the FIFO is full. While it is not, there is another look when a task asks to
  /// start, or after some time.
  private func awaitTaker(or milliseconds: Int64) {
    if let left = channels.packetsLeft(of: offered), left >= offeredAtOnce {
      guard takersWatch == nil else { return }
      do throws(Errno) {
        takersWatch = try supervisor.loop.watch(channels.ids, for: .writable) { [unowned self] _ in offerIDs() }
        return
      } catch {
        supervisor.note("who takes an id is not heard of: \(error)")
      }
    }
    if let takersWatch { supervisor.loop.forget(takersWatch) }
    takersWatch = nil
    scheduleOffer(milliseconds: milliseconds)
  }

  private func scheduleOffer(milliseconds: Int64) {
    guard !isOfferScheduled else { return }
    isOfferScheduled = true
    supervisor.timers.add(.offerAgain, at: .now.advanced(milliseconds: milliseconds))
  }

  /// Offers more ids, with their files made; the reason why not stands in `refusal`.
  private func offerMore() -> Bool {
    do throws(StoreError) {
      if channels.state.freeBytes < Patience.scarceBytes {
        // It is a help, and others may be reading the log.
        _ = try? ledger.perform { (store) throws(StoreError) in try store.emptyLog() }
      }
      let count = offeredAtOnce - offered.count
      let session = supervisor.invocation.session
      let ids = try ledger.perform { (store) throws(StoreError) in try store.reserveTaskIDs(count, for: session) }
      var made: [TaskID] = []
      do throws(Errno) {
        for id in ids {
          try makeOutput(of: id)
          made.append(id)
        }
      } catch {
        for id in made { channels.state.removeOutput(of: id) }
        guard error == .fileExists else {
          ledger.attempt("taking back ids") { (store) throws(StoreError) in try store.returnReservedTaskIDs(ids) }
          supervisor.note("no output could be made: \(error)")
          refusal = LaunchRefusal(error)
          return false
        }
        // It is of a task whose record was lost when the power failed: that number is not used again.
        try ledger.perform { (store) throws(StoreError) in
          try store.skipTaskIDs(to: channels.state.highestOutputID)
          for id in ids { try store.forgetReservedTaskID(id) }
        }
        return offerMore()
      }
      busySince = nil
      Failpoint.reach(.idReserved)
      offered += ids
      for id in ids { send(.init(id)) }
      Failpoint.reach(.idOffered)
      return true
    } catch {
      if error != .busy { supervisor.note("no id could be reserved: \(error)") }
      refusal = LaunchRefusal(error)
      return false
    }
  }

  /// Makes the output of a task, by the second try if the first one fails for what may pass.
  private func makeOutput(of id: TaskID) throws(Errno) {
    do throws(Errno) {
      try channels.state.makeOutput(of: id)
    } catch  where error.isPassing && error != .noSpace {
      try channels.state.makeOutput(of: id)
    }
  }

  /// Whether somebody has kept the database locked for longer than a crowd of sessions does.
  private var isBusyForLong: Bool {
    let since = busySince ?? .now
    busySince = since
    return since.milliseconds(until: .now) > Patience.longBusyMilliseconds
  }

  /// Looks which of the offered ids have been taken.
  private func noteTakenIDs() {
    // Nobody can say how many there are where the kernel does not.
    guard let left = channels.packetsLeft(of: offered), left < offered.count else { return }
    let now = MonotonicInstant.now
    let isHurry = lastTaken.map { $0.milliseconds(until: now) < Patience.hurryMilliseconds } ?? false
    lastTaken = now
    for id in offered.prefix(offered.count - left) { noteTaken(id) }
    offered.removeFirst(offered.count - left)
    if isHurry, offeredAtOnce < Patience.mostOffered, channels.makeRoom(for: offeredAtOnce * 2) { offeredAtOnce *= 2 }
  }

  private func noteTaken(_ id: TaskID) {
    let now = MonotonicInstant.now
    taken[id] = now
    supervisor.timers.add(.silence, at: now.advanced(milliseconds: Patience.registrationMilliseconds))
  }

  /// Refuses the next launches, until the reason may be gone.
  private func refuse() {
    for _ in 0..<offeredAtOnce { send(refusal.packet) }
    scheduleOffer(milliseconds: Patience.offerMilliseconds)
  }

  /// Looks again; refusals that nobody has taken are taken back.
  func offerAgain() {
    isOfferScheduled = false
    offerIDs(isCalm: true)
  }

  private func send(_ packet: LaunchChannels.Packet) {
    do throws(Errno) {
      try channels.ids.writeWhole(packet.text.utf8)
    } catch {
      // A shell that waits in vain says so; what counts as offered is found to be taken, and given back in the end.
      if error != .resourceTemporarilyUnavailable { supervisor.note("an id could not be offered: \(error)") }
    }
  }

  // MARK: Applications

  private func makeListener() -> Listener {
    let listener = Listener(channels.launches, in: supervisor.loop, users: [geteuid()]) {
      [unowned self] descriptor, peer in
      welcome(descriptor, processID: peer.processID)
    }
    listener.isHeldUp = { [unowned supervisor] error in supervisor.listenLater(because: error) }
    return listener
  }

  private func accept() { listener.accept() }

  /// Hears of tasks that ask to start.
  func listen() { listener.listen() }

  private func welcome(_ descriptor: FileDescriptor, processID: Int32) {
    let connection = Connection(descriptor, in: supervisor.loop, bounds: Self.bounds)
    incoming[ObjectIdentifier(connection)] = connection
    connection.hears = { [unowned self, unowned connection] frame in heard(frame, processID, connection) }
    connection.hasEnded = { [unowned self, unowned connection] end in
      // One that has died before it has said everything needs no answer.
      if end != .closed { refuseOtherVersion(connection) }
    }
    connection.isHeldUp = { [unowned self, unowned connection] error in
      supervisor.note("a task was not heard: \(error)")
      connection.close()
    }
    connection.hasClosed = { [unowned self, unowned connection] in
      incoming[ObjectIdentifier(connection)] = nil
      listen()
    }
    // Most often it has said everything already.
    connection.receive()
    if incoming[ObjectIdentifier(connection)] != nil { connection.listen() }
  }

  private static let bounds = Connection.Bounds(longestPayload: Int(bgsh_longest_record), mostOutgoing: 1 << 16)

  /// A library of before the frames sends a record and takes a line.
  private func refuseOtherVersion(_ connection: Connection) {
    supervisor.note("a task was not started: \(Self.otherVersion)")
    connection.append(Array("no \(Self.otherVersion)\n".utf8))
  }

  private static let otherVersion =
    "the session's supervisor and the library in its bash are of different versions; start another session"

  /// A task has said everything.
  private func heard(_ frame: Frame, _ processID: Int32, _ connection: Connection) {
    // Its side is closed by now.
    connection.pause()
    incoming[ObjectIdentifier(connection)] = nil
    offerIDs()
    guard frame.version == LaunchRecord.version, frame.kind == LaunchRecord.kind else {
      return answer(connection, .refused(Self.otherVersion))
    }
    let record: LaunchRecord
    do throws(LaunchFailure) {
      record = try LaunchRecord(frame.payload)
    } catch {
      // Whoever has said everything waits for an answer.
      answer(connection, .refused(error.reason))
      if let id = error.id, taken[id] != nil, applicants[id] == nil { refuse(id, error.reason) }
      return
    }
    if let task = supervisor.tasks[record.id], task.leader.processID == processID {
      // The supervisor that it had asked died before it could answer.
      answer(connection, .go)
    } else if taken[record.id] != nil, applicants[record.id] == nil {
      Failpoint.reach(.registered)
      applicants[record.id] = Applicant(connection: connection, record: record, processID: processID)
      consider(record.id)
    } else {
      answer(connection, .refused("its number is not one of this session's"))
    }
  }

  private func answer(_ connection: Connection, _ answer: LaunchAnswer) {
    connection.append(answer.frame)
    connection.closeWhenSent()
  }

  /// Lets a task start as soon as the supervisor is its parent.
  func consider(_ id: TaskID) {
    guard let applicant = applicants[id] else { return }
    switch ProcessSighting.of(applicant.processID) {
    case .found(let process) where process.isZombie: abandon(id)
    case .found(let process):
      if supervisor.learnsEnd(ofChildOf: process.parentID) { admit(id, process) } else { awaitParent(of: process, id) }
    case .gone: abandon(id)
    case .unknown(let error): considerLater(id, error)
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
      refuse(id, "the supervisor cannot watch it: \(error)")
    }
  }

  private func considerLater(_ id: TaskID, _ error: Errno) {
    supervisor.note("\(id) waits to be adopted: \(error)")
    supervisor.timers.add(.consider(id), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
  }

  private func admit(_ id: TaskID, _ process: ProcessState) {
    guard let record = applicants[id]?.record,
      let task = SupervisedTask(row: row(of: id, record, process), startedInstant: .now)
    else { return }
    ledger.write { store throws(StoreError) in
      try store.insert(task.row, startedInstant: task.startedInstant)
    } then: { [unowned self] in
      Failpoint.reach(.inserted)
      start(task)
    } orElse: { [unowned self] error in
      refuse(id, "\(error)")
    }
  }

  /// Lets a task start that is on record.
  private func start(_ task: SupervisedTask) {
    guard let applicant = applicants.removeValue(forKey: task.id) else { return }
    supervisor.supervise(task)
    answer(applicant.connection, .go)
    Failpoint.reach(.started)
    supervisor.watchIfOrphan(task.id)
    settled(task.id)
    ledger.attempt("hearing what is to be kept") { (store) throws(StoreError) in
      supervisor.keepDesk?.hear(applicant.record.keep, from: store)
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
      output: channels.state.output(of: id, isSplit: record.options.isSplit), queuedAt: now)
    row.state = .running
    row.startedAt = now
    (row.processID, row.processStartTicks, row.bootID) = (process.processID, process.startTicks, Boot.identifier)
    return row
  }

  /// Lets a task end that cannot be recorded, and says why: to the task, whose output keeps it, and to bgsh.
  private func refuse(_ id: TaskID, _ reason: String) {
    if let applicant = applicants.removeValue(forKey: id) { answer(applicant.connection, .refused(reason)) }
    supervisor.tell(.unstarted(id, reason: reason))
    supervisor.note("\(id) was not started: \(reason)")
    ledger.attempt("forgetting an id") { (store) throws(StoreError) in try store.forgetReservedTaskID(id) }
    settled(id)
  }

  /// An id was taken whose process is gone, or never came: nobody can know the status of a launch that was confirmed.
  ///
  /// - Parameter confirmed: Nil where nothing had been forked, or confirmed, and where the task itself has asked to start.
  private func abandon(_ id: TaskID, confirmed: LaunchRecord? = nil) {
    let applicant = applicants.removeValue(forKey: id)
    applicant?.connection.close()
    defer { settled(id) }
    let state = channels.state
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
}
