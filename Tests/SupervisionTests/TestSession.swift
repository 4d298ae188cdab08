import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import TaskSamples
import Tasks
import TestSupport

@testable import Records
@testable import Supervision

/// A session without processes: its database is in a scratch directory, its clock stands still, its machine is a table.
final class TestSession {
  let scratch = ScratchDirectory()
  let clock = TestClock()
  let machine = TestMachine()
  let state: StateDirectory
  let session: SupervisedSession
  let ledger: Ledger
  let roster: TaskRoster
  /// What bgsh has been told.
  private(set) var told: [SupervisorEvent] = []
  /// The states that watchers have been told of.
  private(set) var changes: [Change] = []

  struct Change: Hashable {
    let id: TaskID
    let state: TaskState
  }

  static let bgsh: Int32 = 90
  static let bash: Int32 = 91

  init(takesOver: Bool = false, endsWithShell: Bool = false) throws {
    state = StateDirectory(path: scratch.path)
    try state.prepare()
    var invocation = SupervisorInvocation(
      session: .test("1-1"), kind: .interactive, feed: .source, shellProcessID: Self.bgsh, bashProcessID: Self.bash,
      stateDirectory: state.path)
    (invocation.takesOver, invocation.endsWithShell) = (takesOver, endsWithShell)
    session = SupervisedSession(invocation, timers: clock.timers)
    ledger = Ledger(session: session, state: state)
    roster = TaskRoster(timers: clock.timers, ledger: ledger)
    session.tellBgsh = { [unowned self] event in told.append(event) }
    ledger.liveTasks = { [unowned self] in roster.all }
    ledger.hasChanged = { [unowned self] id, state in changes.append(Change(id: id, state: state)) }
    machine.processes[Self.bash] = .init(parentID: session.ownProcessID)
  }

  /// The database as others see it.
  func store() throws -> TaskStore { try TaskStore(in: state) }

  /// Puts the database of a newer bgsh in the place of this one, which can be neither read nor written then.
  func breakDatabase() throws {
    moveDatabase(from: state.databasePath, to: away)
    try store().connection.execute(script: "PRAGMA user_version = \(TaskStore.formatVersion + 1)")
    ledger.turnBegins()
  }

  func mendDatabase() {
    moveDatabase(from: away, to: state.databasePath)
    ledger.turnBegins()
  }

  private var away: String { state.path + "/away" }

  private func moveDatabase(from old: String, to new: String) {
    for suffix in ["-wal", "-shm", ""] {
      unlink(new + suffix)
      rename(old + suffix, new + suffix)
    }
  }

  /// Reserves an id, as a shell has it that has taken one.
  func reserveID() throws -> TaskID {
    try ledger.perform { (store) throws(StoreError) in try store.reserveTaskIDs(1, for: session.id) }[0]
  }

  /// The record of a task that runs, with its leader on the machine.
  func row(leader: Int32, timeoutMilliseconds: Int64? = nil) throws -> BackgroundTask {
    let id = try reserveID()
    var row = BackgroundTask.sample(id.rawValue, timeoutMilliseconds: timeoutMilliseconds)
    (row.processID, row.processStartTicks, row.bootID) = (leader, TestMachine.startTicks(leader), Boot.identifier)
    machine.processes[leader] = .init(parentID: session.ownProcessID, task: id)
    return row
  }

  /// Begins a task whose leader is the first of some processes.
  @discardableResult
  func begin(
    _ processIDs: Int32..., timeoutMilliseconds: Int64? = nil, change: (inout BackgroundTask) -> Void = { _ in }
  ) throws -> TaskID {
    var row = try row(leader: processIDs[0], timeoutMilliseconds: timeoutMilliseconds)
    change(&row)
    for processID in processIDs.dropFirst() {
      machine.processes[processID] = .init(parentID: processIDs[0], task: row.id)
    }
    try ledger.perform { [row] (store) throws(StoreError) in try store.insert(row, startedInstant: session.now) }
    guard let task = SupervisedTask(row: row, startedInstant: session.now) else { throw Errno.invalidArgument }
    roster.add(task)
    return row.id
  }

  /// A child as the kernel tells of it.
  func child(_ processID: Int32, rawStatus: Int32) -> ShellReport.Child {
    ShellReport.Child(
      ReapedChild(
        processID: processID, rawStatus: rawStatus,
        usage: ResourceUsage(userMilliseconds: 1, systemMilliseconds: 2, peakMemoryKiB: 3)),
      instant: session.now)
  }

  /// Hears of the leaders that signals have ended, as a turn of the loop does.
  func reap() {
    for processID in machine.ended {
      guard let id = roster.id(ofLeader: processID) else { continue }
      let signal = machine.sent.last { $0.processID == processID && [.terminate, .kill].contains($0.signal) }?.signal
      roster.leaderHasChanged(id, child(processID, rawStatus: signal?.rawValue ?? 0))
    }
    ledger.flush()
  }

  /// Lets time pass in steps, as a loop does that is woken by its timers.
  func advance(milliseconds: Int64) {
    var left = milliseconds
    while left > 0 {
      let step = min(max(clock.timers.pause ?? left, 1), left)
      clock.advance(milliseconds: step)
      reap()
      left -= step
    }
  }
}
