import Connections
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Follows the states of tasks through the supervisors of their sessions, without asking again and again.
///
/// A supervisor may die while tasks run on. Then their processes are watched instead: a task whose process has gone is
/// lost. Now and then another supervisor is looked for, too.
final class TaskWatch {
  let loop: EventLoop
  private var workplace: Workplace
  private var records: [TaskID: BackgroundTask] = [:]
  private var connections: [SessionID: Connection] = [:]
  /// Live tasks that no supervisor tells about, with what tells of their process's end.
  private var unsupervised: [TaskID: ProcessWatch?] = [:]
  /// When they are looked at again: soon after one of their processes has gone, else now and then.
  private var nextLook = MonotonicInstant.now
  private var lastLook = MonotonicInstant.now
  private var lookInterval = TaskWatch.shortestInterval
  /// Of how many requests their supervisor has said that it does not know them, though they are on record as living.
  private var denials: [TaskID: Int] = [:]
  /// When it is looked again whether a supervisor that says nothing is stopped, and of which that has been said.
  private var nextGlance = MonotonicInstant.now.advanced(milliseconds: TaskWatch.shortestGlance)
  private var glanceInterval = TaskWatch.shortestGlance
  private var stopped: Set<SessionID> = []
  private var changed: Set<TaskID> = []
  private var failure: (any Error)?

  /// Begins to watch. States may be newer than those given at once; see ``takeChanges()``.
  init(_ tasks: [BackgroundTask], in workplace: Workplace, loop: EventLoop) throws {
    self.workplace = workplace
    self.loop = loop
    for task in tasks { records[task.id] = task }
    let live = Dictionary(grouping: records.values.filter { !$0.state.isFinal }, by: \.session)
    for (session, tasks) in live { try connect(to: session, about: tasks.map(\.id).sorted()) }
  }

  deinit {
    for connection in connections.values { forget(connection) }
  }

  /// A task as it was last heard of.
  subscript(id: TaskID) -> BackgroundTask? { records[id] }

  /// Whether a supervisor tells about a task.
  func isSupervised(_ id: TaskID) -> Bool { unsupervised[id] == nil }

  /// Waits for something to happen, at most until the deadline.
  func turn(until deadline: MonotonicInstant?) throws {
    var limit = deadline.map { MonotonicInstant.now.milliseconds(until: $0) }
    if !unsupervised.isEmpty { limit = min(limit ?? .max, MonotonicInstant.now.milliseconds(until: nextLook)) }
    if !connections.isEmpty { limit = min(limit ?? .max, MonotonicInstant.now.milliseconds(until: nextGlance)) }
    try loop.turn(milliseconds: limit)
    if let failure { throw failure }
    if !connections.isEmpty, nextGlance <= .now { glance() }
    if !unsupervised.isEmpty, nextLook <= .now { try lookAfterUnsupervised() }
  }

  /// The tasks whose state has changed since the last call.
  func takeChanges() -> [BackgroundTask] {
    defer { changed = [] }
    return changed.sorted().compactMap { records[$0] }
  }

  // MARK: - Supervised

  private final class Connection {
    var client: SupervisorClient
    let tasks: [TaskID]
    var watch: EventLoop.WatchID?

    init(_ client: consuming SupervisorClient, tasks: [TaskID]) {
      self.client = client
      self.tasks = tasks
    }
  }

  private func connect(to session: SessionID, about tasks: [TaskID]) throws {
    do throws(SupervisorError) {
      let client = try SupervisorClient(workplace.directory.session(session), asking: .watch(tasks))
      let descriptor = client.descriptor
      let connection = Connection(client, tasks: tasks)
      connections[session] = connection
      do throws(Errno) {
        connection.watch = try loop.watch(descriptor) { [unowned self] _ in
          do { try receive(from: session) } catch { failure = error }
        }
      } catch {
        // Nobody would hear it: the tasks are looked at instead.
        connections[session] = nil
        throw SupervisorError.failed(error)
      }
    } catch {
      try takeOver(tasks)
    }
  }

  /// Says once that a supervisor is stopped: the wait goes on, and it may as well.
  private func glance() {
    for (session, connection) in connections {
      guard let processID = connection.client.stoppedPeer else {
        stopped.remove(session)
        continue
      }
      if stopped.insert(session).inserted { Console.complain("\(SupervisorError.stopped(processID: processID))") }
    }
    glanceInterval = min(glanceInterval * 2, Self.longestInterval)
    nextGlance = .now.advanced(milliseconds: glanceInterval)
  }

  private func receive(from session: SessionID) throws {
    guard let connection = connections[session] else { return }
    while true {
      let reply: SupervisorReply?
      do throws(SupervisorError) {
        reply = try connection.client.nextReply(timeoutMilliseconds: 0)
      } catch .timedOut {
        return
      } catch {
        reply = nil
      }
      switch reply {
      case .state(let id, let state)?: try note(state, of: id)
      case .refused(let id, _)?: try deny(id)
      case .done?, .process?: continue
      case nil:
        forget(connection)
        connections[session] = nil
        return try takeOver(connection.tasks)
      }
    }
  }

  private func forget(_ connection: Connection) {
    if let watch = connection.watch { loop.forget(watch) }
  }

  /// It ended before it could be watched, and is on record as ended by now. What its own supervisor does not know again,
  /// and is on record as living, nobody will ever know.
  private func deny(_ id: TaskID) throws {
    denials[id, default: 0] += 1
    guard denials[id, default: 0] >= Self.mostDenials else { return try takeOver([id]) }
    try workplace.renew()
    guard let task = try workplace.store.task(id), !task.state.isFinal, !task.hasProcess else {
      return try takeOver([id])
    }
    Console.complain("\(id) is on record as \(task.state.text), and its supervisor does not know it; it is lost")
    try note(.ended(.lost), of: id)
  }

  private func note(_ state: TaskState, of id: TaskID) throws {
    guard var task = records[id], !task.state.isFinal else { return }
    try workplace.renew()
    if state.isFinal, let ended = try workplace.store.task(id) { task = ended }
    task.state = state
    set(task)
  }

  private func set(_ task: BackgroundTask) {
    if records[task.id]?.state != task.state { changed.insert(task.id) }
    records[task.id] = task
  }

  // MARK: - Unsupervised

  /// Watches tasks that no supervisor tells about, as far as they have not ended.
  private func takeOver(_ tasks: [TaskID]) throws {
    let tasks = tasks.filter { records[$0]?.state.isFinal == false && unsupervised[$0] == nil }
    guard !tasks.isEmpty else { return }
    try workplace.renew()
    try workplace.reconcile()
    var watchCount = unsupervised.values.count { $0 != nil }
    for task in try workplace.store.tasks(tasks) {
      set(task)
      guard !task.state.isFinal else { continue }
      let watch = watchCount < Self.mostWatches ? watchProcess(of: task) : nil
      if watch != nil { watchCount += 1 }
      unsupervised.updateValue(watch, forKey: task.id)
    }
    // Not at once: there may be a supervisor that knows nothing of the tasks.
    planLook()
  }

  private func watchProcess(of task: BackgroundTask) -> ProcessWatch? {
    guard task.hasProcess, let processID = task.processID else { return nil }
    return try? ProcessWatch(of: processID, in: loop) { [unowned self] in lookSoon() }
  }

  /// A process has gone: its task is lost, unless its supervisor has just recorded its end.
  private func lookSoon() {
    lookInterval = Self.shortestInterval
    // Where many end, each look takes in several.
    nextLook = min(nextLook, lastLook.advanced(milliseconds: Self.lookPause))
  }

  private func planLook() {
    lastLook = .now
    nextLook = lastLook.advanced(milliseconds: lookInterval)
    // The end of a process that is not watched is seen by looking only.
    let isTold = unsupervised.values.allSatisfy { $0 != nil }
    if isTold { lookInterval = min(lookInterval * 2, Self.longestInterval) }
  }

  /// Finds out which tasks have ended or are supervised again.
  private func lookAfterUnsupervised() throws {
    try workplace.renew()
    try workplace.reconcile()
    var supervised: [SessionID: [TaskID]] = [:]
    for task in try workplace.store.tasks(unsupervised.keys) {
      set(task)
      if task.state.isFinal {
        drop(task.id)
      } else {
        supervised[task.session, default: []].append(task.id)
      }
    }
    planLook()
    for (session, tasks) in supervised where connections[session] == nil {
      guard workplace.directory.session(session).isAlive else { continue }
      tasks.forEach(drop)
      try connect(to: session, about: tasks.sorted())
    }
  }

  private func drop(_ id: TaskID) { unsupervised[id] = nil }

  /// How often unsupervised tasks are looked at, in milliseconds: less and less often.
  private static let shortestInterval: Int64 = 500
  private static let longestInterval: Int64 = 8_000
  /// After how long a supervisor that says nothing is first looked at, in milliseconds.
  private static let shortestGlance: Int64 = 1_000
  /// How often a supervisor may not know a task that is on record.
  private static let mostDenials = 3
  /// Descriptors are needed for other things as well.
  private static let mostWatches = 256
  /// Between two looks though processes end all the time, in milliseconds.
  private static let lookPause: Int64 = 50
}
