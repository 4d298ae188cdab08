import Advice
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Brings what happened to tasks to the user: from the durable queue to standard error, just before a prompt.
///
/// It opens the queue when it is first asked: a script that launches nothing pays nothing.
final class Notifier {
  private let session: SessionID
  private let state: StateDirectory
  private let database: OpenStore
  private let log: SessionLog
  /// Why it could not be opened the last time.
  private var complaint: StoreError?
  /// What was shown and could not be acknowledged, on a full disk for example: it is not shown again here.
  private var unacknowledged: Set<Int64> = []

  init(state: StateDirectory, session: SessionID) {
    self.session = session
    self.state = state
    database = OpenStore(in: state)
    log = SessionLog(of: session, in: state, author: "bgsh")
    database.hasReplaced = { Diagnostic.say(TaskStore.replacementMessage(kept: $0)) }
  }

  /// The tasks of this session that have not ended.
  var runningTasks: Int {
    attempt("counting tasks") { (store) throws(StoreError) in try store.runningCount(session) } ?? 0
  }

  /// Whether a task of this session that has waited for input ended at that moment or later.
  func hasTaskOfTerminalEnded(since moment: Timestamp) -> Bool {
    let query = TaskQuery(session: session, endedSince: moment, includesLive: false)
    return attempt("looking for ended tasks") { (store) throws(StoreError) in
      for task in try store.tasks(matching: query) {
        if try store.notifications(of: task.id).contains(where: { $0.event == .waitingForInput }) { return true }
      }
      return false
    } ?? false
  }

  /// The records and the queue; nil where they cannot be opened now, which is said once.
  var store: TaskStore? {
    do throws(StoreError) {
      let store = try database.current()
      complaint = nil
      return store
    } catch {
      if error != complaint { Diagnostic.say("\(error)") }
      complaint = error
      return nil
    }
  }

  /// Does what is tried again at the next prompt where it fails; nil then.
  @discardableResult
  private func attempt<Result>(_ what: String, _ work: (TaskStore) throws(StoreError) -> Result) -> Result? {
    guard let store else { return nil }
    do throws(StoreError) {
      return try work(store)
    } catch {
      log.note("\(what) has failed: \(error)")
      if error != .busy { database.close(because: error) }
      return nil
    }
  }

  /// Shows what is due and acknowledges it. What is shown and not acknowledged, because somebody killed bgsh in
  /// between, is shown again by the next session: better twice than never.
  func deliver() {
    let found = attempt("reading what is due") { (store) throws(StoreError) in try store.dueNotices(for: session) }
    guard let due = found, !due.isEmpty else { return }
    let notices = due.filter { !unacknowledged.contains($0.notification.id) }
    if !unacknowledged.isEmpty { acknowledge(Array(unacknowledged)) }
    if !notices.isEmpty { show(notices, under: nil) }
  }

  /// Shows what earlier interactive sessions of this user left unshown.
  func deliverLeftBehind() {
    attempt("putting records right") { (store) throws(StoreError) in try Reconciliation(state, store).run() }
    let isAlive = { [state] (id: SessionID) in state.session(id).isAlive }
    let found = attempt("reading what is due") { (store) throws(StoreError) in
      try store.noticesLeftBehind(excluding: session, isAlive: isAlive)
    }
    guard let notices = found, !notices.isEmpty else { return }
    show(notices, under: NoticeBoard.awayHeading)
  }

  private func show(_ notices: [Notice], under heading: String?) {
    let board = NoticeBoard(notices)
    if !board.isEmpty {
      let lines = (heading.map { [$0] } ?? []) + board.lines { Digest.lines(of: $0) }
      FileDescriptor.standardError.show(lines.map { $0 + "\n" }.joined())
      Failpoint.reach(.noticePrinted)
    }
    acknowledge(notices.map(\.notification.id))
    Failpoint.reach(.noticeAcknowledged)
  }

  private func acknowledge(_ ids: [Int64]) {
    if attempt("acknowledging", { (store) throws(StoreError) in try store.acknowledge(ids, by: session) }) != nil {
      unacknowledged.subtract(ids)
    } else {
      unacknowledged.formUnion(ids)
    }
  }
}
