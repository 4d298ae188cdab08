package import ProcessControl
import Records
package import Tasks

/// Which tasks are meant.
extension TaskClient {
  /// Looks up references as users write them, each for itself.
  package func tasks(
    for words: [String]
  ) throws(OperationFailure) -> [Result<BackgroundTask, TaskReferenceError>] {
    var found: [Result<BackgroundTask, TaskReferenceError>] = []
    for word in words {
      let reference: TaskReference
      do throws(TaskReferenceError) {
        reference = try TaskReference(word)
      } catch {
        found.append(.failure(error))
        continue
      }
      if let task = try task(for: reference) {
        found.append(.success(task))
      } else {
        found.append(.failure(try missing(reference)))
      }
    }
    return found
  }

  private func missing(_ reference: TaskReference) throws(OperationFailure) -> TaskReferenceError {
    guard case .name(let name) = reference else { return TaskReferenceError(missing: reference) }
    let names = try tasks(matching: .candidates(onlyLive: false)).reversed().compactMap { $0.name?.text }
    return SimilarWord.nearest(to: name.text, among: names).map { .otherName(name.text, nearest: $0) }
      ?? TaskReferenceError(missing: reference)
  }

  private func task(for reference: TaskReference) throws(OperationFailure) -> BackgroundTask? {
    try asking { (store) throws(StoreError) in
      if let task = try store.task(for: reference, in: session) { return task }
      return reference == .newest && session == nil ? try store.newestTask() : nil
    }
  }

  /// The task of a number, nil if there is none.
  package func task(_ id: TaskID) throws(OperationFailure) -> BackgroundTask? {
    try asking { (store) throws(StoreError) in try store.task(id) }
  }

  /// Those of some tasks that there are.
  package func tasks(_ ids: some Collection<TaskID>) throws(OperationFailure) -> [TaskID: BackgroundTask] {
    let tasks = try asking { (store) throws(StoreError) in try store.tasks(ids) }
    return Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
  }

  /// The tasks meant where none are named: the live ones of the session, without the one that asks.
  package func liveTasks() throws(OperationFailure) -> [BackgroundTask] {
    try asking { (store) throws(StoreError) in
      try store.liveTasks(session: session).filter { $0.id != enclosingTask }
    }
  }

  /// The tasks that a filter lets pass, oldest first.
  package func tasks(matching filter: TaskFilter, now: Timestamp = .now) throws(OperationFailure) -> [BackgroundTask] {
    let query = TaskQuery(
      session: scope(of: filter), states: filter.states,
      endedSince: filter.endedWithin.map { now - $0 },
      limit: filter.limit)
    let found = try asking { (store) throws(StoreError) in try store.tasks(matching: query) }
    return filter.onlyFailed ? found.filter(\.hasFailed) : found
  }

  /// Of each command of the session, in each directory, the newest task of the last day, where that failed by itself:
  /// nobody asked for its end. Oldest first.
  package func failedTasks() throws(OperationFailure) -> [BackgroundTask] {
    struct Place: Hashable {
      let command: RawText
      let directory: RawText
    }
    var newest: [Place: BackgroundTask] = [:]
    for task in try tasks(matching: TaskFilter(endedWithin: Limits.recent)) {
      newest[Place(command: task.rawCommand, directory: task.rawDirectory)] = task
    }
    return newest.values.filter(\.hasFailed).sorted { $0.id < $1.id }
  }

  /// The tasks that have ended and left processes behind, oldest first.
  ///
  /// - Parameter known: Those of which it need not be found out.
  func tasksWithRemains(
    _ processes: TaskProcesses, matching filter: TaskFilter, besides known: [BackgroundTask]
  ) throws(OperationFailure) -> [BackgroundTask] {
    let session = scope(of: filter)
    let traced = try processes.tracedTasks(of: session).subtracting(known.map(\.id))
    var found: [BackgroundTask] = []
    for task in try tasks(traced).values where task.state.isFinal && (session ?? task.session) == task.session {
      if try !processes.members(of: task).isEmpty { found.append(task) }
    }
    return found.filter(filter.lets).sorted { $0.id < $1.id }
  }

  /// What is on record about a session, nil for nothing.
  func record(of session: SessionID) throws(OperationFailure) -> Session? {
    try asking { (store) throws(StoreError) in try store.session(session) }
  }

  /// The sessions whose tasks a filter lets pass; nil for all.
  func scope(of filter: TaskFilter) -> SessionID? { filter.includesAllSessions ? nil : session }
}
