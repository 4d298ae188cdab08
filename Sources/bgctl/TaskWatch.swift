import ProcessControl
import SystemPackage
import Tasks

/// Follows the states of tasks through the supervisors of their sessions, without asking again and again.
///
/// A supervisor may die while tasks run on. Then their processes are watched instead, and another supervisor is
/// looked for, until there is one or the record says how the task ended.
final class TaskWatch {
  let loop: EventLoop
  private let workplace: Workplace
  private var records: [TaskID: BackgroundTask] = [:]
  private var connections: [SessionID: Connection] = [:]
  /// Live tasks that no supervisor tells about, with what tells of their process's end.
  private var unsupervised: [TaskID: ProcessHandle?] = [:]
  /// When a supervisor is looked for again: not at once, for there may be one that knows nothing of the tasks.
  private var nextSearch = MonotonicInstant.now
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
    for connection in connections.values { loop.ignore(connection.client.descriptor) }
    for case let handle? in unsupervised.values {
      loop.ignore(handle.descriptor)
      handle.close()
    }
  }

  /// A task as it was last heard of.
  subscript(id: TaskID) -> BackgroundTask? { records[id] }

  /// Whether a supervisor tells about a task.
  func isSupervised(_ id: TaskID) -> Bool { unsupervised[id] == nil }

  /// Waits for something to happen, at most until the deadline.
  func turn(until deadline: MonotonicInstant?) throws {
    var limit = deadline.map { MonotonicInstant.now.milliseconds(until: $0) }
    if !unsupervised.isEmpty { limit = min(limit ?? .max, MonotonicInstant.now.milliseconds(until: nextSearch)) }
    try loop.turn(milliseconds: limit)
    if let failure { throw failure }
    if !unsupervised.isEmpty { try lookAfterUnsupervised() }
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

    init(_ client: consuming SupervisorClient, tasks: [TaskID]) {
      self.client = client
      self.tasks = tasks
    }
  }

  private func connect(to session: SessionID, about tasks: [TaskID]) throws {
    do throws(SupervisorError) {
      let client = try SupervisorClient(workplace.directory.session(session), asking: .watch(tasks))
      let descriptor = client.descriptor
      connections[session] = Connection(client, tasks: tasks)
      try? loop.watch(descriptor) { [unowned self] _ in
        do { try receive(from: session) } catch { failure = error }
      }
    } catch {
      try takeOver(tasks)
    }
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
      // It ended before it could be watched.
      case .refused(let id, _)?: try takeOver([id])
      case .done?, .process?: continue
      case nil:
        loop.ignore(connection.client.descriptor)
        connections[session] = nil
        return try takeOver(connection.tasks)
      }
    }
  }

  private func note(_ state: TaskState, of id: TaskID) throws {
    guard var task = records[id], !task.state.isFinal else { return }
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
    nextSearch = MonotonicInstant.now.advanced(milliseconds: Self.retryMilliseconds)
    try workplace.reconcile()
    for id in tasks {
      guard let task = try workplace.store.task(id) else { continue }
      set(task)
      guard !task.state.isFinal else { continue }
      let handle = task.hasProcess ? task.processID.flatMap { try? ProcessHandle(processID: $0) } : nil
      unsupervised.updateValue(handle, forKey: id)
      if let handle {
        // That it is readable only ends the wait: what to make of it is found out after every turn.
        try loop.watch(handle.descriptor, for: [.readable, .edgeTriggered]) { _ in }
      }
    }
  }

  /// Finds out which tasks have ended or are supervised again.
  private func lookAfterUnsupervised() throws {
    try workplace.reconcile()
    let isSearching = nextSearch <= .now
    if isSearching { nextSearch = MonotonicInstant.now.advanced(milliseconds: Self.retryMilliseconds) }
    var supervised: [SessionID: [TaskID]] = [:]
    for id in unsupervised.keys.sorted() {
      guard let task = try workplace.store.task(id) else { continue }
      set(task)
      if task.state.isFinal {
        drop(id)
      } else if isSearching, connections[task.session] == nil, workplace.directory.session(task.session).isAlive {
        supervised[task.session, default: []].append(id)
      }
    }
    for (session, tasks) in supervised {
      tasks.forEach(drop)
      try connect(to: session, about: tasks)
    }
  }

  private func drop(_ id: TaskID) {
    guard case let handle?? = unsupervised.removeValue(forKey: id) else { return }
    loop.ignore(handle.descriptor)
    handle.close()
  }

  /// How often a new supervisor is looked for where there was none.
  private static let retryMilliseconds: Int64 = 500
}
