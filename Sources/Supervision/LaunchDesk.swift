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
  private let files: LaunchFiles
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

  init(supervisor: Supervisor, files: LaunchFiles) {
    self.supervisor = supervisor
    self.files = files
  }

  /// Opens the store and begins to answer. Where there can be no store, launches are refused and told why.
  func open() {
    openStore()
    do throws(Errno) {
      try supervisor.loop.watch(files.ids, for: .writable) { [unowned self] _ in offerID() }
      try supervisor.loop.watch(files.registrations) { [unowned self] _ in readRegistrations() }
    } catch {
      // Nothing can be launched; a shell that tries waits in vain, and says so.
      supervisor.loop.ignore(files.ids)
    }
  }

  private func openStore() {
    do throws(StoreError) {
      let store = try TaskStore(path: files.state.databasePath)
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
      files.removeDirectory(of: offered)
      attempt { store throws(StoreError) in _ = try store.returnReservedTaskID(offered) }
    }
    // A short session has had no time for it.
    tidy()
    recordShellEnd()
    files.remove()
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
    guard offered == nil, bgsh_readable_bytes(files.ids.rawValue) == 0 else { return }
    if store == nil { openStore() }
    guard let store else { return refuse() }
    do throws(StoreError) {
      let id = try store.reserveTaskID()
      do throws(Errno) {
        try files.makeDirectory(of: id)
      } catch {
        files.removeDirectory(of: id)
        attempt { store throws(StoreError) in _ = try store.returnReservedTaskID(id) }
        refusal = Refusal(error)
        return refuse()
      }
      offered = id
      let digits = String(id.rawValue)
      send(String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits)
    } catch {
      refusal = Refusal(error)
      refuse()
    }
  }

  /// Looks whether a shell has taken the id that was offered.
  private func noteTakenID() {
    guard let id = offered, bgsh_readable_bytes(files.ids.rawValue) == 0 else { return }
    offered = nil
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
    guard offered == nil, (try? files.ids.readSome(upTo: 8)) != nil else { return }
    offerID()
  }

  private func send(_ packet: String) {
    do throws(Errno) {
      try files.ids.writeWhole(packet.utf8)
    } catch {
      // Nobody can take an id any more; a shell that tries times out and says so.
      supervisor.loop.ignore(files.ids)
    }
  }

  // MARK: Registrations

  private func readRegistrations() {
    while let bytes = try? files.registrations.readSome(), !bytes.isEmpty {
      partialLine += bytes
    }
    while let end = partialLine.firstIndex(of: UInt8(ascii: "\n")) {
      let fields = String(decoding: partialLine[..<end], as: UTF8.self).split(separator: " ")
      partialLine.removeSubrange(...end)
      guard fields.count == 3, fields[0] == "R", let id = Int64(fields[1]), let processID = Int32(fields[2])
      else { continue }
      register(TaskID(rawValue: id), processID)
    }
  }

  /// Lets a task start as soon as the supervisor is its parent.
  func register(_ id: TaskID, _ processID: Int32) {
    guard let process = ProcessState(processID: processID), !process.isZombie else { return abandon(id) }
    if process.parentID == supervisor.ownProcessID { return admit(id, process) }
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
      record = try LaunchRecord(reading: files.record(of: id))
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
      try store.insert(row(of: task, record))
    } catch .busy {
      // Somebody holds the database; the task waits.
      supervisor.timers.add(
        .register(id, process.processID), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
      return
    } catch {
      return refuse(id, "\(error)")
    }
    supervisor.supervise(task)
    answer(id, "go")
    files.removeHandshake(of: id)
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
      outputLimitBytes: record.outputLimitBytes, output: .init(path: files.output(of: task.id)))
  }

  /// Lets a task end that cannot be recorded, and says why: to the task, whose output keeps it, and to bgsh.
  private func refuse(_ id: TaskID, _ reason: String) {
    answer(id, "no \(reason)")
    supervisor.tell(.unstarted(id, reason: reason))
    files.removeHandshake(of: id)
    settled(id)
  }

  /// Answers a task that waits at its FIFO, which it holds open.
  private func answer(_ id: TaskID, _ text: String) {
    guard let fifo = try? FileDescriptor.opening(files.go(of: id), O_WRONLY | O_NONBLOCK) else { return }
    fifo.show(text + "\n")
    try? fifo.close()
  }

  /// A launch was confirmed and its process is gone before it could start: nobody can know its status.
  private func abandon(_ id: TaskID) {
    defer {
      files.removeHandshake(of: id)
      settled(id)
    }
    // Without a record nothing had been forked, or confirmed.
    guard let record = try? LaunchRecord(reading: files.record(of: id)) else { return files.removeDirectory(of: id) }
    let row = BackgroundTask(
      id: id, session: supervisor.invocation.session, name: record.name, command: record.command,
      description: record.description, workingDirectory: record.workingDirectory, queuedAt: .now,
      output: .init(path: files.output(of: id)))
    write { store throws(StoreError) in
      // It may be the second try.
      if try store.task(id) == nil { try store.insert(row) }
      _ = try store.finish(id, as: .lost, durationMilliseconds: nil, notifying: .lost)
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

  func record(_ end: TaskState.End, of task: SupervisedTask, leaderEnd: SupervisedTask.LeaderEnd) {
    let output = supervisor.outputDesk?.release(task.id) ?? .init(path: files.output(of: task.id))
    let event = task.isQuiet && end.isSuccess ? nil : TaskNotification.Event(end)
    write { store throws(StoreError) in
      _ = try store.finish(
        task.id, as: end, endedBy: task.ending?.by, at: leaderEnd.at,
        durationMilliseconds: task.startedInstant.milliseconds(until: leaderEnd.instant), output: output,
        usage: leaderEnd.usage, notifying: event)
    } then: { [unowned self, unowned supervisor] in
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
        if store == nil { openStore() }
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

  init(_ error: StoreError) {
    switch error {
    case .full: self = .full
    case .readOnly: self = .unwritable
    case .newerVersion: self = .newer
    default: self = .database
    }
  }

  init(_ error: Errno) {
    self = error == .noSpace || error == .diskQuotaExceeded ? .full : .unwritable
  }

  /// Eight bytes.
  var packet: String { "!" + rawValue + String(repeating: " ", count: 7 - rawValue.utf8.count) }
}
