import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Hands out ids, lets registered tasks start, and keeps their records.
///
/// A task blocks until the supervisor is its parent and has recorded it: without that, a fast task is reaped by the
/// subshell that forked it and its status is lost, and one that stops before its adoption is never woken.
final class LaunchDesk {
  private unowned let supervisor: Supervisor
  private let channels: LaunchChannels
  private var store: TaskStore?
  private var refusal = Refusal.database
  /// The id that waits in the FIFO, or is ready for it.
  private var offered: TaskID?
  /// Ids that shells have taken and no task has come for yet, and when that was seen.
  private var taken: [TaskID: MonotonicInstant] = [:]
  /// Those of them that have been waited for long enough.
  private var overdue: Set<TaskID> = []
  private var settling: [(awaiting: Set<TaskID>, deadline: MonotonicInstant, then: () -> Void)] = []
  private var unwritten: [Write] = []
  private var partialLine: [UInt8] = []

  init(supervisor: Supervisor, channels: LaunchChannels) {
    self.supervisor = supervisor
    self.channels = channels
  }

  /// Opens the store and begins to answer. Where there can be no store, launches are refused and told why.
  func open() {
    openStore()
    do throws(Errno) {
      try supervisor.loop.watch(channels.ids, for: .writable) { [unowned self] _ in offerID() }
      try supervisor.loop.watch(channels.registrations) { [unowned self] _ in readRegistrations() }
    } catch {
      // Nothing can be launched; a shell that tries waits in vain, and says so.
      supervisor.loop.ignore(channels.ids)
    }
  }

  /// Opens the store as another supervisor of the session has left it, before ``open()``.
  ///
  /// - Returns: The tasks that go on.
  /// - Throws: `busy` if that is to be tried again.
  func takeOver() throws(StoreError) -> [TaskStore.Supervised] {
    openStore()
    guard let store else {
      if refusal == .busy { throw .busy }
      return []
    }
    let session = supervisor.invocation.session
    let tasks = try store.supervisedTasks(of: session)
    let reserved = try store.reservedTaskIDs(of: session)
    takeBackOffer(among: reserved)
    for id in reserved where id != offered { noteTaken(id) }
    return tasks
  }

  /// The id that the other supervisor has offered is in the FIFO, which bgsh has held open, unless it was taken.
  private func takeBackOffer(among reserved: [TaskID]) {
    guard let packet = try? channels.ids.readSome(upTo: 8), let number = Int64(String(decoding: packet, as: UTF8.self)),
      reserved.contains(TaskID(rawValue: number))
    else { return }
    let id = TaskID(rawValue: number)
    offered = id
    send(Self.packet(of: id))
  }

  /// Lets those go on that asked the other supervisor to start and were not heard, or not answered.
  func answerWaiting(_ tasks: [TaskStore.Supervised]) {
    for task in tasks where files(of: task.task.id).hasHandshake {
      files(of: task.task.id).answer("go")
      files(of: task.task.id).removeHandshake()
    }
    for id in taken.keys.sorted() {
      // One that has not written its record has not asked yet.
      guard let record = try? LaunchRecord(reading: files(of: id).record) else { continue }
      if files(of: id).hasWaitingTask { register(id, record.processID) } else { abandon(id) }
    }
  }

  private func files(of id: TaskID) -> LaunchFiles { channels.files(of: id) }

  private func openStore() {
    guard store == nil else { return }
    do throws(StoreError) {
      let (store, kept) = try TaskStore.openReplacingDamaged(in: channels.state)
      if let kept { supervisor.tell(.databaseReplaced(kept: kept)) }
      let invocation = supervisor.invocation
      try store.openSession(
        Session(id: invocation.session, kind: invocation.kind, shellProcessID: invocation.shellProcessID))
      // From here on others wait for this loop.
      store.waitForOthers(atMost: Patience.busyMilliseconds)
      self.store = store
    } catch {
      refusal = Refusal(error)
    }
  }

  /// Takes back what nobody used and removes the session's directory.
  func close() {
    noteTakenID()
    for id in taken.keys.sorted() { abandon(id) }
    if let offered {
      files(of: offered).removeAll()
      attempt { store throws(StoreError) in try store.returnReservedTaskID(offered) }
    }
    // A short session has had no time for it.
    tidy()
    recordShellEnd()
    channels.remove()
  }

  /// Whether a shell has taken an id, not long ago, whose task may still come.
  var expectsRegistration: Bool {
    noteTakenID()
    readRegistrations()
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
    offerID()
    readRegistrations()
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
    // It may have come before this loop saw that its id was taken.
    if offered == id { offered = nil }
    for index in settling.indices { settling[index].awaiting.remove(id) }
    let done = settling.filter(\.awaiting.isEmpty)
    settling.removeAll(where: \.awaiting.isEmpty)
    for entry in done { entry.then() }
  }

  // MARK: Ids

  /// Puts the next id into the FIFO: the last one has been taken.
  private func offerID() {
    noteTakenID()
    guard offered == nil, bgsh_readable_bytes(channels.ids.rawValue) == 0 else { return }
    openStore()
    guard let store else { return refuse() }
    do throws(StoreError) {
      let id = try store.reserveTaskID(for: supervisor.invocation.session)
      do throws(Errno) {
        try files(of: id).make()
      } catch {
        files(of: id).removeAll()
        attempt { store throws(StoreError) in try store.returnReservedTaskID(id) }
        refusal = Refusal(error)
        return refuse()
      }
      offered = id
      Failpoint.reach(.idReserved)
      send(Self.packet(of: id))
      Failpoint.reach(.idOffered)
    } catch {
      refusal = Refusal(error)
      refuse()
    }
  }

  /// An id as eight bytes.
  private static func packet(of id: TaskID) -> String {
    let digits = String(id.rawValue)
    return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
  }

  /// Looks whether a shell has taken the id that was offered.
  private func noteTakenID() {
    guard let id = offered, bgsh_readable_bytes(channels.ids.rawValue) == 0 else { return }
    offered = nil
    noteTaken(id)
  }

  private func noteTaken(_ id: TaskID) {
    let now = MonotonicInstant.now
    taken[id] = now
    supervisor.timers.add(.silence, at: now.advanced(milliseconds: Patience.registrationMilliseconds))
  }

  /// Refuses the next launch, until the reason may be gone.
  private func refuse() {
    send(refusal.packet)
    supervisor.timers.add(.offerAgain, at: .now.advanced(milliseconds: Patience.offerMilliseconds))
  }

  /// Takes a refusal back that nobody has taken, and tries again.
  func offerAgain() {
    guard offered == nil, (try? channels.ids.readSome(upTo: 8)) != nil else { return }
    offerID()
  }

  private func send(_ packet: String) {
    do throws(Errno) {
      try channels.ids.writeWhole(packet.utf8)
    } catch {
      // Nobody can take an id any more; a shell that tries times out and says so.
      supervisor.loop.ignore(channels.ids)
    }
  }

  // MARK: Registrations

  private func readRegistrations() {
    while let bytes = try? channels.registrations.readSome(), !bytes.isEmpty {
      partialLine += bytes
    }
    while let end = partialLine.firstIndex(of: UInt8(ascii: "\n")) {
      let fields = String(decoding: partialLine[..<end], as: UTF8.self).split(separator: " ")
      partialLine.removeSubrange(...end)
      guard fields.count == 3, fields[0] == "R", let id = Int64(fields[1]), let processID = Int32(fields[2])
      else { continue }
      Failpoint.reach(.registered)
      register(TaskID(rawValue: id), processID)
    }
  }

  /// Lets a task start as soon as the supervisor is its parent.
  func register(_ id: TaskID, _ processID: Int32) {
    // It may have been heard already, in its record.
    guard supervisor.tasks[id] == nil else { return }
    guard let process = ProcessState(processID: processID), !process.isZombie else { return abandon(id) }
    if supervisor.learnsEnd(ofChildOf: process.parentID) { return admit(id, process) }
    do throws(Errno) {
      // The subshell in between is about to exit; then the kernel gives the task to the supervisor.
      let parent = try ProcessHandle(processID: process.parentID)
      if ProcessState(processID: processID)?.parentID != process.parentID {
        parent.close()
        return register(id, processID)
      }
      try supervisor.loop.watch(parent.descriptor) { [unowned self] _ in
        supervisor.loop.ignore(parent.descriptor)
        parent.close()
        register(id, processID)
      }
    } catch .noSuchProcess {
      register(id, processID)
    } catch {
      refuse(id, "the supervisor cannot watch it: \(error)")
    }
  }

  private func admit(_ id: TaskID, _ process: ProcessState) {
    let record: LaunchRecord
    do throws(LaunchFailure) {
      record = try LaunchRecord(reading: files(of: id).record)
    } catch {
      return refuse(id, error.reason)
    }
    let task = SupervisedTask(
      id: id, leader: .init(processID: process.processID, startTicks: process.startTicks), startedAt: .now,
      startedInstant: .now, timeoutMilliseconds: record.timeoutMilliseconds,
      killAfterMilliseconds: record.killAfterMilliseconds, isQuiet: record.isQuiet,
      outputLimitBytes: record.outputLimitBytes)
    guard let store else { return refuse(id, "there is no task database") }
    do throws(StoreError) {
      try store.insert(row(of: task, record), startedInstant: task.startedInstant)
    } catch .busy {
      // Somebody holds the database; the task waits.
      supervisor.timers.add(
        .register(id, process.processID), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
      return
    } catch {
      return refuse(id, "\(error)")
    }
    Failpoint.reach(.inserted)
    supervisor.supervise(task)
    files(of: id).answer("go")
    Failpoint.reach(.started)
    files(of: id).removeHandshake()
    supervisor.watchIfOrphan(id)
    settled(id)
    supervisor.keepDesk?.hear(record.keep, from: store)
  }

  private func row(of task: SupervisedTask, _ record: LaunchRecord) -> BackgroundTask {
    BackgroundTask(
      id: task.id, session: supervisor.invocation.session, name: record.name, command: record.command,
      description: record.description, workingDirectory: record.workingDirectory, state: .running,
      processID: task.leader.processID, processStartTicks: task.leader.startTicks, bootID: Boot.identifier,
      queuedAt: task.startedAt, startedAt: task.startedAt, timeoutMilliseconds: record.timeoutMilliseconds,
      killAfterMilliseconds: record.killAfterMilliseconds, isQuiet: record.isQuiet,
      outputLimitBytes: record.outputLimitBytes, output: .init(path: files(of: task.id).output))
  }

  /// Lets a task end that cannot be recorded, and says why: to the task, whose output keeps it, and to bgsh.
  private func refuse(_ id: TaskID, _ reason: String) {
    files(of: id).answer("no \(reason)")
    supervisor.tell(.unstarted(id, reason: reason))
    files(of: id).removeHandshake()
    attempt { store throws(StoreError) in try store.forgetReservedTaskID(id) }
    settled(id)
  }

  /// A launch was confirmed and its process is gone before it could start: nobody can know its status.
  private func abandon(_ id: TaskID) {
    let files = files(of: id)
    defer {
      files.removeHandshake()
      settled(id)
    }
    // Without a record nothing had been forked, or confirmed.
    guard let record = try? LaunchRecord(reading: files.record) else {
      files.removeAll()
      return attempt { store throws(StoreError) in try store.returnReservedTaskID(id) }
    }
    let session = supervisor.invocation.session
    write { store throws(StoreError) in
      try store.insertLost(id, session: session, record: record, output: files.output)
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
    } then: {
    }
  }

  func record(_ end: TaskState.End, of task: SupervisedTask, leaderEnd: SupervisedTask.LeaderEnd) {
    let output = supervisor.outputDesk?.release(task.id) ?? .init(path: files(of: task.id).output)
    let event = task.isQuiet && end.isSuccess ? nil : TaskNotification.Event(end)
    write { store throws(StoreError) in
      _ = try store.finish(
        task.id, as: end, endedBy: task.ending?.by, at: leaderEnd.at,
        durationMilliseconds: leaderEnd.end.map { _ in task.startedInstant.milliseconds(until: leaderEnd.instant) },
        output: output,
        usage: leaderEnd.usage, notifying: event)
    } then: { [unowned self, unowned supervisor] in
      Failpoint.reach(.ended)
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

  /// Records what descendants have written, or had dropped, since their task ended.
  func record(_ output: BackgroundTask.Output, of id: TaskID) {
    write({ store throws(StoreError) in try store.update(output: output, of: id) }, then: {})
  }

  // MARK: Writing

  private typealias Write = (work: (TaskStore) throws(StoreError) -> Void, then: () -> Void)

  /// Whether something that is known is not yet on record.
  var hasUnwritten: Bool { !unwritten.isEmpty }

  /// Writes, in order, and tells afterwards; what cannot be written now, for whatever reason, is tried again.
  private func write(_ work: @escaping (TaskStore) throws(StoreError) -> Void, then: @escaping () -> Void) {
    unwritten.append((work, then))
    if unwritten.count == 1 { writeOutstanding() }
  }

  func writeOutstanding() {
    while let first = unwritten.first {
      do throws(StoreError) {
        openStore()
        guard let store else { throw .busy }
        try first.work(store)
      } catch .other {
        // Trying again would not help, and must not hold up what comes after it.
      } catch {
        let next = MonotonicInstant.now.advanced(milliseconds: Patience.retryMilliseconds)
        return supervisor.timers.add(.write, at: next)
      }
      unwritten.removeFirst()
      first.then()
    }
  }

  /// Writes what may fail: without it nothing is lost.
  private func attempt(_ work: (TaskStore) throws(StoreError) -> Void) {
    guard let store else { return }
    try? work(store)
  }
}

/// Why no task can be launched, as a packet in place of an id; launch.bash has the words.
private enum Refusal: String {
  case full
  case unwritable = "write"
  case newer
  case database = "store"
  case busy

  init(_ error: StoreError) {
    switch error {
    case .full: self = .full
    case .readOnly: self = .unwritable
    case .newerVersion: self = .newer
    case .busy: self = .busy
    default: self = .database
    }
  }

  init(_ error: Errno) {
    self = error == .noSpace || error == .diskQuotaExceeded ? .full : .unwritable
  }

  /// Eight bytes.
  var packet: String { "!" + rawValue + String(repeating: " ", count: 7 - rawValue.utf8.count) }
}
