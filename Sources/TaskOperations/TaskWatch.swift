package import Connections
package import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
package import Tasks

/// Follows the states of tasks through the supervisors of their sessions, without asking again and again.
///
/// A supervisor may die while tasks run on. Then their processes are watched instead: a task whose process has gone is
/// lost. Now and then another supervisor is looked for, too.
package final class TaskWatch {
  package let loop: EventLoop
  private let client: TaskClient
  private var records: [TaskID: BackgroundTask] = [:]
  /// By their number: tasks of one session may be asked for one after the other.
  private var connections: [Int: Connection] = [:]
  private var connectionCount = 0
  /// Live tasks that no supervisor tells about, with what tells of their process's end.
  private var unsupervised: [TaskID: ProcessWatch?] = [:]
  /// When they are looked at again: soon after one of their processes has gone, else now and then.
  private var nextLook = MonotonicInstant.now
  private var lastLook = MonotonicInstant.now
  private var lookInterval = TaskWatch.shortestInterval
  /// Of how many requests their supervisor has said that it does not know them, though they are on record as living.
  private var denials: [TaskID: Int] = [:]
  /// When it is looked again whether a supervisor that says nothing is stopped, and of which that has been said.
  private var nextGlance = MonotonicInstant.now.advanced(by: TaskWatch.shortestGlance)
  private var glanceInterval = TaskWatch.shortestGlance
  private var stopped: Set<SessionID> = []
  /// The sessions whose supervisors are of another version, of which that has been said.
  private var foreign: Set<SessionID> = []
  private var changed: Set<TaskID> = []
  private var failure: OperationFailure?

  /// Begins to watch. States may be newer than those given at once; see ``takeChanges()``.
  package init(_ tasks: [BackgroundTask], by client: TaskClient, on loop: EventLoop) throws(OperationFailure) {
    self.client = client
    self.loop = loop
    try add(tasks)
  }

  /// Makes a loop for whoever has none, and nothing else to wait for.
  package static func makeLoop() throws(OperationFailure) -> EventLoop {
    do throws(Errno) { return try EventLoop() } catch { throw .cannotWait(error) }
  }

  /// Watches more tasks. Those that are watched already are left out.
  package func add(_ tasks: [BackgroundTask]) throws(OperationFailure) {
    var added: [TaskID: BackgroundTask] = [:]
    for task in tasks where records[task.id] == nil { added[task.id] = task }
    records.merge(added) { first, _ in first }
    let live = Dictionary(grouping: added.values.filter { !$0.state.isFinal }, by: \.session)
    for (session, tasks) in live { try connect(to: session, about: tasks.map(\.id).sorted()) }
  }

  deinit {
    for connection in connections.values { forget(connection) }
  }

  /// A task as it was last heard of.
  package subscript(id: TaskID) -> BackgroundTask? { records[id] }

  /// Whether a supervisor tells about a task.
  package func isSupervised(_ id: TaskID) -> Bool { unsupervised[id] == nil }

  /// Hears signals on the loop, for whoever has no loop of its own.
  package func hear(_ signals: SignalDescriptor, _ hear: @escaping (Signal) -> Void) throws(OperationFailure) {
    do throws(Errno) {
      try loop.watch(signals.descriptor) { _ in
        if let signal = signals.next() { hear(signal) }
      }
    } catch {
      throw .cannotWait(error)
    }
  }

  /// Waits for something to happen, at most until the deadline.
  package func turn(until deadline: MonotonicInstant?) throws(OperationFailure) {
    let moment = [deadline, nextDeadline].compactMap { $0 }.min()
    do throws(Errno) {
      try loop.turn(milliseconds: moment.map { MonotonicInstant.now.milliseconds(until: $0) })
    } catch {
      throw .cannotWait(error)
    }
    try catchUp()
  }

  /// When ``catchUp()`` has something to do though nothing happens on the loop; nil for never.
  package var nextDeadline: MonotonicInstant? {
    [unsupervised.isEmpty ? nil : nextLook, connections.isEmpty ? nil : nextGlance].compactMap { $0 }.min()
  }

  /// Finds out what the loop does not tell. Whoever turns the loop itself calls this after each turn.
  package func catchUp() throws(OperationFailure) {
    if let failure { throw failure }
    if !connections.isEmpty, nextGlance <= .now { glance() }
    if !unsupervised.isEmpty, nextLook <= .now { try lookAfterUnsupervised() }
  }

  /// The tasks whose state has changed since the last call.
  package func takeChanges() -> [BackgroundTask] {
    defer { changed = [] }
    return changed.sorted().compactMap { records[$0] }
  }

  // MARK: - Supervised

  private final class Connection {
    var supervisor: SupervisorClient
    let session: SessionID
    let tasks: [TaskID]
    var watch: EventLoop.WatchID?

    init(_ supervisor: consuming SupervisorClient, of session: SessionID, tasks: [TaskID]) {
      self.supervisor = supervisor
      self.session = session
      self.tasks = tasks
    }
  }

  private func connect(to session: SessionID, about tasks: [TaskID]) throws(OperationFailure) {
    do throws(SupervisorError) {
      let supervisor = try SupervisorClient(client.directory.session(session), asking: .watch(tasks))
      let descriptor = supervisor.descriptor
      connectionCount += 1
      let number = connectionCount
      let connection = Connection(supervisor, of: session, tasks: tasks)
      connections[number] = connection
      do throws(Errno) {
        connection.watch = try loop.watch(descriptor) { [unowned self] _ in
          do throws(OperationFailure) { try receive(from: number) } catch { failure = error }
        }
      } catch {
        // Nobody would hear it: the tasks are looked at instead.
        connections[number] = nil
        throw SupervisorError.failed(error)
      }
    } catch {
      try takeOver(tasks)
    }
  }

  /// Says once that a supervisor is stopped: the wait goes on, and it may as well.
  private func glance() {
    for connection in connections.values {
      guard let processID = connection.supervisor.stoppedPeer else {
        stopped.remove(connection.session)
        continue
      }
      if stopped.insert(connection.session).inserted { client.remark(.supervisorStopped(processID: processID)) }
    }
    glanceInterval = min(glanceInterval * 2, Self.longestInterval)
    nextGlance = .now.advanced(by: glanceInterval)
  }

  private func receive(from number: Int) throws(OperationFailure) {
    guard let connection = connections[number] else { return }
    while true {
      let reply: SupervisorReply?
      do throws(SupervisorError) {
        reply = try connection.supervisor.nextReply(timeoutMilliseconds: 0)
      } catch .timedOut {
        return
      } catch {
        if case .otherVersion(let name) = error, foreign.insert(connection.session).inserted {
          client.remark(.supervisorOfOtherVersion(name: name))
        }
        reply = nil
      }
      switch reply {
      case .state(let id, let state)?: try note(state, of: id)
      case .refused(let id, _)?: try deny(id)
      case .done?, .process?: continue
      case nil:
        forget(connection)
        connections[number] = nil
        return try takeOver(connection.tasks)
      }
    }
  }

  private func forget(_ connection: Connection) {
    if let watch = connection.watch { loop.forget(watch) }
  }

  /// It ended before it could be watched, and is on record as ended by now. What its own supervisor does not know again,
  /// and is on record as living, nobody will ever know.
  private func deny(_ id: TaskID) throws(OperationFailure) {
    denials[id, default: 0] += 1
    guard denials[id, default: 0] >= Self.mostDenials else { return try takeOver([id]) }
    guard let task = try client.task(id), !task.state.isFinal, !task.hasProcess else {
      return try takeOver([id])
    }
    client.remark(.unknownToSupervisor(id, task.state))
    try note(.ended(.lost), of: id)
  }

  private func note(_ state: TaskState, of id: TaskID) throws(OperationFailure) {
    guard var task = records[id], !task.state.isFinal else { return }
    if state.isFinal, let ended = try client.task(id) { task = ended }
    task.state = state
    set(task)
  }

  private func set(_ task: BackgroundTask) {
    if records[task.id]?.state != task.state { changed.insert(task.id) }
    records[task.id] = task
  }

  // MARK: - Unsupervised

  /// Watches tasks that no supervisor tells about, as far as they have not ended.
  private func takeOver(_ tasks: [TaskID]) throws(OperationFailure) {
    let tasks = tasks.filter { records[$0]?.state.isFinal == false && unsupervised[$0] == nil }
    guard !tasks.isEmpty else { return }
    try client.reconcile()
    var watchCount = unsupervised.values.count { $0 != nil }
    for task in try client.tasks(tasks).values {
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
    nextLook = min(nextLook, lastLook.advanced(by: Self.lookPause))
  }

  private func planLook() {
    lastLook = .now
    nextLook = lastLook.advanced(by: lookInterval)
    // The end of a process that is not watched is seen by looking only.
    let isTold = unsupervised.values.allSatisfy { $0 != nil }
    if isTold { lookInterval = min(lookInterval * 2, Self.longestInterval) }
  }

  /// Finds out which tasks have ended or are supervised again.
  private func lookAfterUnsupervised() throws(OperationFailure) {
    try client.reconcile()
    var supervised: [SessionID: [TaskID]] = [:]
    for task in try client.tasks(unsupervised.keys).values {
      set(task)
      if task.state.isFinal {
        drop(task.id)
      } else {
        supervised[task.session, default: []].append(task.id)
      }
    }
    planLook()
    let connected = Set(connections.values.map(\.session))
    for (session, tasks) in supervised where !connected.contains(session) {
      guard client.directory.session(session).isAlive else { continue }
      tasks.forEach(drop)
      try connect(to: session, about: tasks.sorted())
    }
  }

  private func drop(_ id: TaskID) { unsupervised[id] = nil }

  /// How often unsupervised tasks are looked at: less and less often.
  private static let shortestInterval = Duration.milliseconds(500)
  private static let longestInterval = Duration.seconds(8)
  /// After how long a supervisor that says nothing is first looked at.
  private static let shortestGlance = Duration.seconds(1)
  /// How often a supervisor may not know a task that is on record.
  private static let mostDenials = 3
  /// Descriptors are needed for other things as well.
  private static let mostWatches = 256
  /// Between two looks though processes end all the time.
  private static let lookPause = Duration.milliseconds(50)
}
