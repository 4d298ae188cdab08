import Notices
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import Tasks

/// What a command works on: the user's tasks as they are now, seen from the session that the command was called in.
struct Workplace {
  let directory: StateDirectory
  private(set) var store: TaskStore
  /// Nil in a terminal or program that belongs to no session: then all of the user's sessions are meant.
  let session: SessionID?
  /// The task that this command is part of.
  let enclosingTask: TaskID?

  /// Opens the store when every task that this session has launched is on record, and puts right what a supervisor
  /// that died could not.
  init() throws {
    do {
      directory = try StateDirectory.open()
    } catch {
      throw CommandFailure.noStateDirectory(reason: error.description)
    }
    session = SessionID.inherited.flatMap { [directory] id in directory.session(id).isOver ? nil : id }
    if let session { Self.settle(directory.session(session)) }
    let (store, kept) = try TaskStore.openReplacingDamaged(in: directory)
    if let kept {
      Console.complain(DamagedDatabase.message(keptAs: kept))
      // Its supervisor puts into the new one what is under way.
      if let session { Self.settle(directory.session(session)) }
    }
    self.store = store
    enclosingTask = Environment["BGSH_TASK_ID"].flatMap { Int64($0) }.map { TaskID(rawValue: $0) }
    try reconcile()
  }

  /// Opens the database anew if another file has its name by now: for whoever looks at it for long.
  mutating func renew() throws(StoreError) {
    guard !store.isInPlace else { return }
    store = try TaskStore.openReplacingDamaged(in: directory).store
  }

  /// Waits for launches that are under way: `make &bg; wait @@` means that very task.
  private static func settle(_ session: SessionDirectory) {
    guard var client = try? SupervisorClient(session, asking: .settle) else { return }
    _ = try? client.nextReply(timeoutMilliseconds: settleMilliseconds)
  }

  func reconcile() throws(StoreError) {
    try Reconciliation(directory, store).run()
  }

  /// Looks up references and complains about each that leads to no task.
  ///
  /// - Returns: As many elements as words, nil for those in vain.
  func tasks(for words: [String]) throws(StoreError) -> [BackgroundTask?] {
    var result: [BackgroundTask?] = []
    for word in words {
      do {
        result.append(try task(for: TaskReference(word)))
      } catch let failure as TaskReferenceError {
        Console.complain(failure.description)
        result.append(nil)
      } catch let failure as StoreError {
        throw failure
      } catch {
        result.append(nil)
      }
    }
    return result
  }

  private func task(for reference: TaskReference) throws -> BackgroundTask {
    var found = try store.task(for: reference, in: session)
    if found == nil, reference == .newest, session == nil { found = try store.newestTask() }
    guard let found else { throw TaskReferenceError(missing: reference) }
    return found
  }

  /// The tasks meant where none are named: the live ones of the session, without the one that asks.
  func liveTasks() throws(StoreError) -> [BackgroundTask] {
    try store.liveTasks(session: session).filter { $0.id != enclosingTask }
  }

  /// What is due about tasks of this session, to be shown and then acknowledged.
  func dueNotices(about tasks: [TaskID]) throws(StoreError) -> [Notice] {
    guard let session else { return [] }
    return try store.dueNotices(of: tasks, for: session)
  }

  /// How far this session has seen what a task has written; nil outside a session.
  func seenMark(of task: TaskID, _ file: OutputFile) -> SeenMark? {
    session.map { SeenMark(task: task, file: file, session: $0, in: directory) }
  }

  func acknowledge(_ notices: [Notice]) throws(StoreError) {
    try store.acknowledge(notices.map(\.notification.id), by: session)
  }

  /// A supervisor gives up launches that stay silent before this.
  private static let settleMilliseconds: Int64 = 5_000
  static let dayMilliseconds: Int64 = 86_400_000
}
