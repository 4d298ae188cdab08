import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Hands out ids, lets tasks start that ask for it, and keeps their records.
///
/// A task blocks until the supervisor is its parent and has recorded it: without that, a fast task is reaped by the
/// process that forked it and its status is lost, and one that stops before its adoption is never woken.
final class LaunchDesk {
  private unowned let supervisor: Supervisor
  private let channels: LaunchChannels
  private var store: TaskStore?
  private var refusal = Refusal.database
  /// The ids in the FIFO, in their order.
  private var offered: [TaskID] = []
  /// How many are offered at once: one, until launches come in quick succession.
  private var offeredAtOnce = 1
  private var lastTaken: MonotonicInstant?
  private var hearsTakers = false
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
  /// What has come of connections that have not said everything.
  private var incoming: [FileDescriptor: (processID: Int32, bytes: [UInt8])] = [:]
  private var applicants: [TaskID: Applicant] = [:]
  private lazy var listener = ConnectionListener(
    supervisor: supervisor, socket: channels.launches, users: [geteuid()],
    welcome: { [unowned self] connection, processID in
      incoming[connection] = (processID, [])
      // Most often it has said everything already.
      receive(from: connection)
    })
  private var unwritten: [Write] = []
  /// Whether writing has failed and is tried again later.
  private var isHeldUp = false
  /// Whether what is to be written has to wait for room on the disk.
  private var isStuck = false
  /// Since when what is to be written has to wait for memory.
  private var lacksMemorySince: MonotonicInstant?
  /// Whether a child was reaped of which something is not on record.
  private var isOnlyWitness = false
  /// How tasks have ended of which that has to wait.
  private(set) var unrecordedEnds: [TaskID: TaskState.End] = [:]

  /// A task that asks to start, until it is answered.
  private struct Applicant {
    let connection: FileDescriptor
    let record: LaunchRecord
    let processID: Int32
    /// What became of it before it could be supervised.
    var end: ReapedChild?
  }

  init(supervisor: Supervisor, channels: LaunchChannels) {
    self.supervisor = supervisor
    self.channels = channels
  }

  /// Opens the store and begins to answer. Where there can be no store, launches are refused and told why.
  func open() {
    openStore()
    // A shell may be waiting by now.
    offerIDs()
    listen()
  }

  /// Opens the store as another supervisor of the session has left it, before ``open()``.
  ///
  /// - Returns: The tasks that go on.
  /// - Throws: `busy` or `noMemory` if that is to be tried again.
  func takeOver() throws(StoreError) -> [TaskStore.Supervised] {
    openStore()
    guard let store else {
      if refusal == .busy { throw .busy }
      if refusal == .memory { throw .noMemory }
      return []
    }
    let session = supervisor.invocation.session
    let tasks = try store.supervisedTasks(of: session)
    let reserved = try store.reservedTaskIDs(of: session)
    // What is in the FIFO, which bgsh has held open, nobody has taken.
    offered = channels.leftOver.compactMap(\.id).filter(reserved.contains)
    while offeredAtOnce < offered.count, channels.makeRoom(for: offeredAtOnce * 2) { offeredAtOnce *= 2 }
    for id in offered { send(.init(id)) }
    // Who has taken one asks again.
    for id in reserved where !offered.contains(id) { noteTaken(id) }
    return tasks
  }

  private func openStore() {
    guard store == nil else { return }
    do throws(StoreError) {
      let (store, kept) = try TaskStore.openReplacingDamaged(in: channels.state)
      if let kept { supervisor.tell(.databaseReplaced(kept: kept)) }
      let invocation = supervisor.invocation
      try store.openSession(
        Session(
          id: invocation.session, kind: invocation.kind, shellProcessID: invocation.shellProcessID,
          shellStartTicks: supervisor.shellStartTicks))
      // From here on others wait for this loop.
      store.waitForOthers(atMost: Patience.busyMilliseconds)
      self.store = store
    } catch {
      refusal = Refusal(error)
    }
  }

  /// Takes back what nobody used and removes the session's directory.
  func close() {
    noteTakenIDs()
    accept()
    flush()
    if !taken.isEmpty {
      let confirmed = LaunchRecord.confirmed(in: channels.directory)
      for id in taken.keys.sorted() { abandon(id, confirmed: confirmed[id]) }
    }
    flush()
    for id in offered { channels.state.removeOutput(of: id) }
    if !offered.isEmpty {
      attempt { [offered] store throws(StoreError) in try store.returnReservedTaskIDs(offered) }
    }
    // A short session has had no time for it.
    tidy()
    recordShellEnd()
    attempt { store throws(StoreError) in try store.dropIfEmpty(supervisor.invocation.session) }
    channels.remove()
  }

  /// Whether a shell has taken an id, not long ago, whose task may still come.
  var expectsTasks: Bool {
    noteTakenIDs()
    accept()
    let now = MonotonicInstant.now
    return taken.values.contains { now < $0.advanced(milliseconds: Patience.registrationMilliseconds) }
  }

  func recordShellEnd() {
    attempt { store throws(StoreError) in try store.markShellEnded(supervisor.invocation.session) }
  }

  // MARK: Settling

  /// Calls `then` when every launch that is under way now is recorded or has failed.
  func settle(then: @escaping () -> Void) {
    // A shell may have taken the id that was offered without this loop having come to it.
    offerIDs()
    accept()
    flush()
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
    noteTakenIDs()
    guard taken.isEmpty, !hasUnwritten else { return }
    confirmedCount = 0
    truncate(channels.directory.launchedPath, 0)
  }

  // MARK: Ids

  /// Fills the FIFO again when half of its ids have been taken, or when some have and no more are.
  private func offerIDs(isCalm: Bool = false) {
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
    if channels.packetsLeft >= offeredAtOnce {
      guard !hearsTakers else { return }
      let isHeard: ()? = try? supervisor.loop.watch(channels.ids, for: .writable) { [unowned self] _ in offerIDs() }
      if isHeard != nil {
        hearsTakers = true
        return
      }
    }
    if hearsTakers { supervisor.loop.ignore(channels.ids) }
    hearsTakers = false
    scheduleOffer(milliseconds: milliseconds)
  }

  private func scheduleOffer(milliseconds: Int64) {
    guard !isOfferScheduled else { return }
    isOfferScheduled = true
    supervisor.timers.add(.offerAgain, at: .now.advanced(milliseconds: milliseconds))
  }

  /// Offers more ids, with their files made; the reason why not stands in `refusal`.
  private func offerMore() -> Bool {
    openStore()
    guard let store else { return false }
    if channels.state.freeBytes < Patience.scarceBytes { try? store.emptyLog() }
    do throws(StoreError) {
      let ids = try store.reserveTaskIDs(offeredAtOnce - offered.count, for: supervisor.invocation.session)
      var made: [TaskID] = []
      do throws(Errno) {
        for id in ids {
          try channels.state.makeOutput(of: id)
          made.append(id)
        }
      } catch .fileExists {
        // It is of a task whose record was lost when the power failed: that number is not used again.
        for id in made { channels.state.removeOutput(of: id) }
        try store.skipTaskIDs(to: channels.state.highestOutputID)
        for id in ids { try store.forgetReservedTaskID(id) }
        return offerMore()
      } catch {
        for id in made { channels.state.removeOutput(of: id) }
        attempt { store throws(StoreError) in try store.returnReservedTaskIDs(ids) }
        refusal = Refusal(error)
        return false
      }
      busySince = nil
      Failpoint.reach(.idReserved)
      offered += ids
      for id in ids { send(.init(id)) }
      Failpoint.reach(.idOffered)
      return true
    } catch {
      refusal = Refusal(error)
      if error == .noMemory { self.store = nil }
      return false
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
    let left = channels.packetsLeft
    guard left < offered.count else { return }
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
      // It is full, as far as that can be; a shell that waits in vain says so.
    }
  }

  // MARK: Applications

  private func accept() { listener.accept() }

  /// Hears of tasks that ask to start.
  func listen() { listener.listen() }

  private func receive(from connection: FileDescriptor) {
    do throws(Errno) {
      while let bytes = try incoming[connection].map({ (_) throws(Errno) in try connection.readSome(upTo: 4096) }) {
        if bytes.isEmpty { return heard(connection) }
        incoming[connection]?.bytes += bytes
      }
    } catch .resourceTemporarilyUnavailable {
      if (try? supervisor.loop.watch(connection, handler: { [unowned self] _ in receive(from: connection) })) == nil {
        drop(connection)
      }
    } catch {
      drop(connection)
    }
  }

  /// A task has said everything, or died while it did.
  private func heard(_ connection: FileDescriptor) {
    guard let (processID, bytes) = incoming.removeValue(forKey: connection) else { return }
    supervisor.loop.ignore(connection)
    offerIDs()
    let record: LaunchRecord
    do throws(LaunchFailure) {
      record = try LaunchRecord(bytes)
    } catch {
      // Whoever has said everything waits for an answer.
      answer(connection, "no \(error.reason)")
      if let id = error.id, taken[id] != nil, applicants[id] == nil { refuse(id, error.reason) }
      return
    }
    if let task = supervisor.tasks[record.id], task.leader.processID == processID {
      // The supervisor that it had asked died before it could answer.
      answer(connection, "go")
    } else if taken[record.id] != nil, applicants[record.id] == nil {
      Failpoint.reach(.registered)
      applicants[record.id] = Applicant(connection: connection, record: record, processID: processID)
      consider(record.id)
    } else {
      answer(connection, "no its number is not one of this session's")
    }
  }

  private func answer(_ connection: FileDescriptor, _ text: String) {
    connection.show(text + "\n")
    drop(connection)
  }

  private func drop(_ connection: FileDescriptor) {
    incoming[connection] = nil
    supervisor.loop.ignore(connection)
    try? connection.close()
    listen()
  }

  /// Lets a task start as soon as the supervisor is its parent.
  func consider(_ id: TaskID) {
    guard let applicant = applicants[id] else { return }
    let processID = applicant.processID
    guard let process = ProcessState(processID: processID), !process.isZombie else { return abandon(id) }
    if supervisor.learnsEnd(ofChildOf: process.parentID) { return admit(id, process) }
    do throws(Errno) {
      // The process in between is about to exit; then the kernel gives the task to the supervisor.
      let parent = try ProcessHandle(processID: process.parentID)
      if ProcessState(processID: processID)?.parentID != process.parentID {
        parent.close()
        return consider(id)
      }
      try supervisor.loop.watch(parent.descriptor) { [unowned self] _ in
        supervisor.loop.ignore(parent.descriptor)
        parent.close()
        consider(id)
      }
    } catch .noSuchProcess {
      consider(id)
    } catch .tooManyOpenFiles {
      supervisor.timers.add(.consider(id), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    } catch {
      refuse(id, "the supervisor cannot watch it: \(error)")
    }
  }

  private func admit(_ id: TaskID, _ process: ProcessState) {
    guard let record = applicants[id]?.record else { return }
    let task = SupervisedTask(
      id: id, leader: .init(processID: process.processID, startTicks: process.startTicks), startedAt: .now,
      startedInstant: .now, timeoutMilliseconds: record.timeoutMilliseconds,
      killAfterMilliseconds: record.killAfterMilliseconds, isQuiet: record.isQuiet,
      outputLimitBytes: record.outputLimitBytes,
      output: channels.state.output(of: id, isSplit: record.isSplit))
    write { [unowned self] store throws(StoreError) in
      try store.insert(row(of: task, record), startedInstant: task.startedInstant)
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
    answer(applicant.connection, "go")
    Failpoint.reach(.started)
    supervisor.watchIfOrphan(task.id)
    settled(task.id)
    if let store { supervisor.keepDesk?.hear(applicant.record.keep, from: store) }
    if let end = applicant.end { supervisor.taskHasChanged(task.id, ShellReport.Child(end)) }
  }

  /// A child has ended that is no task, or not yet.
  func childHasEnded(_ child: ReapedChild) {
    for (id, applicant) in applicants where applicant.processID == child.processID { applicants[id]?.end = child }
  }

  private func row(of task: SupervisedTask, _ record: LaunchRecord) -> BackgroundTask {
    BackgroundTask(
      id: task.id, session: supervisor.invocation.session, name: record.name, command: record.command,
      description: record.description, workingDirectory: record.workingDirectory, state: .running,
      processID: task.leader.processID, processStartTicks: task.leader.startTicks, bootID: Boot.identifier,
      queuedAt: task.startedAt, startedAt: task.startedAt, timeoutMilliseconds: record.timeoutMilliseconds,
      killAfterMilliseconds: record.killAfterMilliseconds, isQuiet: record.isQuiet,
      outputLimitBytes: record.outputLimitBytes, output: task.output)
  }

  /// Lets a task end that cannot be recorded, and says why: to the task, whose output keeps it, and to bgsh.
  private func refuse(_ id: TaskID, _ reason: String) {
    if let applicant = applicants.removeValue(forKey: id) { answer(applicant.connection, "no \(reason)") }
    supervisor.tell(.unstarted(id, reason: reason))
    attempt { store throws(StoreError) in try store.forgetReservedTaskID(id) }
    settled(id)
  }

  /// An id was taken whose process is gone, or never came: nobody can know the status of a launch that was confirmed.
  ///
  /// - Parameter confirmed: Nil where nothing had been forked, or confirmed, and where the task itself has asked to start.
  private func abandon(_ id: TaskID, confirmed: LaunchRecord? = nil) {
    let applicant = applicants.removeValue(forKey: id)
    if let applicant { drop(applicant.connection) }
    defer { settled(id) }
    let state = channels.state
    guard let record = applicant?.record ?? confirmed else {
      state.removeOutput(of: id)
      return attempt { store throws(StoreError) in try store.returnReservedTaskIDs([id]) }
    }
    let session = supervisor.invocation.session
    let output = state.output(of: id, isSplit: record.isSplit)
    write { store throws(StoreError) in
      try store.insertLost(id, session: session, record: record, output: output)
    } then: { [unowned supervisor] in
      supervisor.tell(.notified)
    }
  }

  // MARK: Records

  func record(_ live: TaskState.Live, of id: TaskID) {
    write { store throws(StoreError) in
      _ = try store.update(state: live, of: id)
      if live == .waitingForInput { try store.addNotification(.waitingForInput, task: id) }
    } then: { [unowned supervisor] in
      supervisor.requestDesk?.tellWatchers(of: id, state: .live(live))
      if live == .waitingForInput { supervisor.tell(.notified) }
    }
  }

  /// Keeps what another supervisor would need to know of a task.
  func keep(_ task: SupervisedTask) {
    let supervision = task.supervision
    write { store throws(StoreError) in
      try store.keep(supervision, of: task.id)
    }
  }

  func record(_ end: TaskState.End, of task: SupervisedTask, leaderEnd: SupervisedTask.LeaderEnd) {
    let output = supervisor.outputDesk?.release(task.id) ?? task.output
    let event = task.isQuiet && end.isSuccess ? nil : TaskNotification.Event(end)
    write { store throws(StoreError) in
      _ = try store.finish(
        task.id, as: end, endedBy: task.endedBy, at: leaderEnd.at,
        durationMilliseconds: leaderEnd.end.map { _ in task.startedInstant.milliseconds(until: leaderEnd.instant) },
        output: output,
        usage: leaderEnd.usage, notifying: event)
    } meanwhile: { [unowned self, unowned supervisor] in
      unrecordedEnds[task.id] = end
      supervisor.requestDesk?.tellWatchers(of: task.id, state: .ended(end))
    } then: { [unowned self, unowned supervisor] in
      Failpoint.reach(.ended)
      unrecordedEnds[task.id] = nil
      supervisor.requestDesk?.tellWatchers(of: task.id, state: .ended(end))
      if event != nil { supervisor.tell(.notified) }
      if let store { supervisor.keepDesk?.taskHasEnded(store) }
    }
  }

  /// Drops what is not kept.
  func tidy() {
    guard let store else { return }
    supervisor.keepDesk?.tidy(store)
  }

  /// Records that the output of a task has reached its limit.
  func recordLimited(_ id: TaskID, _ output: BackgroundTask.Output) {
    write { store throws(StoreError) in
      try store.update(output: output, of: id)
      try store.addNotification(.limited, task: id)
    } then: { [unowned supervisor] in
      supervisor.tell(.notified)
    }
  }

  /// Records that a task goes on though its time is up, unless that is known.
  func recordUnended(_ id: TaskID) {
    write { store throws(StoreError) in
      guard try !store.notifications(of: id).contains(where: { $0.event == .timedOut }) else { return }
      try store.addNotification(.timedOut, task: id)
    } then: { [unowned supervisor] in
      supervisor.tell(.notified)
    }
  }

  /// Records what descendants have written, or had dropped, since their task ended.
  func record(_ output: BackgroundTask.Output, of id: TaskID) {
    write { store throws(StoreError) in try store.update(output: output, of: id) }
  }

  // MARK: Writing

  private struct Write {
    let work: (TaskStore) throws(StoreError) -> Void
    /// Called when that has to wait for longer than somebody who knows nothing of it should.
    let meanwhile: () -> Void
    let then: () -> Void
    /// What is to be done instead where it fails, unless somebody holds the database; nil tries for ever.
    let orElse: ((StoreError) -> Void)?
  }

  /// Whether something that is known is not yet on record.
  var hasUnwritten: Bool { !unwritten.isEmpty }

  /// Writes when this turn of the loop ends, or ``flush()`` is called; and tells afterwards.
  private func write(
    _ work: @escaping (TaskStore) throws(StoreError) -> Void, meanwhile: @escaping () -> Void = {},
    then: @escaping () -> Void = {}, orElse: ((StoreError) -> Void)? = nil
  ) {
    unwritten.append(Write(work: work, meanwhile: meanwhile, then: then, orElse: orElse))
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
    if supervisor.shellConnection == nil { return lacksMemory(for: Patience.longMemoryMilliseconds) }
    return lacksMemory(for: Patience.memoryMilliseconds) && !isOnlyWitness
  }

  /// A child is to be forgotten by the kernel.
  func willReap() {
    if hasUnwritten { isOnlyWitness = true }
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
    if unwritten.isEmpty {
      isStuck = false
      lacksMemorySince = nil
      isOnlyWitness = false
    }
  }

  private func commit(_ batch: [Write]) throws(StoreError) {
    openStore()
    guard let store else { throw refusal == .memory ? .noMemory : .busy }
    func work() throws(StoreError) {
      try store.together { () throws(StoreError) in for write in batch { try write.work(store) } }
    }
    do throws(StoreError) {
      try work()
    } catch .full {
      // The database may have room for what the log holds, and then the disk has room for the log.
      try store.emptyLog()
      try work()
    }
  }

  /// Says once that nothing can be recorded; who waits for an end is told of it all the same.
  private func tellOfTrouble(_ error: StoreError) {
    guard !isStuck else { return }
    isStuck = true
    supervisor.tell(.unrecorded(reason: "\(error)"))
    for write in unwritten { write.meanwhile() }
  }

  private func firstHasFailed(_ error: StoreError) {
    // What the connection holds may be all that is missing: the next try opens another one.
    if error == .noMemory { store = nil }
    // Who asked to start may as well wait for another supervisor, unless there will be none.
    let hasReplacement = supervisor.shellConnection != nil || !lacksMemory(for: Patience.memoryMilliseconds)
    let isWorthWaiting = error == .busy || error == .noMemory && hasReplacement
    if let orElse = unwritten[0].orElse, !isWorthWaiting {
      unwritten.removeFirst()
      orElse(error)
    } else if case .other = error {
      // Trying again would not help, and must not hold up what comes after it.
      unwritten.removeFirst().then()
    } else {
      if error == .noMemory { lacksMemorySince = lacksMemorySince ?? .now }
      if error != .busy { tellOfTrouble(error) }
      isHeldUp = true
      supervisor.timers.add(.write, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  /// Writes what may fail: without it nothing is lost.
  private func attempt(_ work: (TaskStore) throws(StoreError) -> Void) {
    guard let store else { return }
    try? work(store)
  }
}

/// Why no task can be launched, as a packet in place of an id; Loadable/launch.c has the words.
private enum Refusal: String {
  case full
  case unwritable = "write"
  case newer
  case memory
  case database = "store"
  case busy

  init(_ error: StoreError) {
    switch error {
    case .full: self = .full
    case .readOnly: self = .unwritable
    case .newerVersion: self = .newer
    case .busy: self = .busy
    case .noMemory: self = .memory
    default: self = .database
    }
  }

  init(_ error: Errno) {
    switch error {
    case .noSpace, .diskQuotaExceeded: self = .full
    case .noMemory: self = .memory
    default: self = .unwritable
    }
  }

  var packet: LaunchChannels.Packet { .init(refusal: rawValue) }
}
