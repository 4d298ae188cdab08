import Advice
import Glibc
import Notices
import ProcessControl
import Records
import StateFiles
import SystemPackage
import Tasks

/// Shows the user what happened to tasks: it reads the queue of notifications and writes to standard error.
///
/// It opens the queue when it is first needed, so a script that launches nothing pays nothing.
final class Notifier {
  private let session: SessionID
  private let state: StateDirectory
  private let database: OpenStore
  /// Keeps a line for whoever asks what went wrong.
  private let note: (String) -> Void
  /// Why it could not be opened the last time.
  private var complaint: StoreError?
  /// Notifications that were shown and could not be acknowledged, as on a full disk. They are not shown again.
  private var unacknowledged: Set<Int64> = []
  /// What the shell's variables say about how it is shown.
  var variables: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
  /// Whether it tells of sessions that are over, too.
  let tellsForOthers: Bool

  init(state: StateDirectory, session: SessionID, tellsForOthers: Bool, note: @escaping (String) -> Void) {
    self.session = session
    self.state = state
    self.tellsForOthers = tellsForOthers
    database = OpenStore(in: state)
    self.note = note
    database.hasReplaced = { Diagnostic.say(DamagedDatabase.message(keptAs: $0)) }
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

  /// How many tasks of this session run on when it ends. Tasks whose processes have gone are not counted, though their end
  /// may not be on record yet.
  var survivingTasks: Int {
    attempt("looking at tasks") { (store) throws(StoreError) in try store.liveTasks(session: session) }?
      .count { $0.mayRun && !$0.endsWithShell } ?? 0
  }

  /// The database with the records and the queue; nil where it cannot be opened now. The reason is said once.
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

  /// Does some work with the database; nil where it fails. The next prompt tries again.
  @discardableResult
  private func attempt<Result>(_ what: String, _ work: (TaskStore) throws(StoreError) -> Result) -> Result? {
    guard let store else { return nil }
    do throws(StoreError) {
      return try work(store)
    } catch {
      note("\(what) has failed: \(error)")
      if error != .busy { database.close(because: error) }
      return nil
    }
  }

  /// Shows what is due and acknowledges it. If somebody kills bgsh in between, the next session shows it again: better
  /// twice than never.
  func deliver() {
    guard let waiting = waitingSessions else { return }
    if !waiting.own.isEmpty { show(dueOf: waiting.own, under: nil) }
    if !waiting.left.isEmpty { deliverLeftBehind(under: NoticeBoard.overHeading) }
  }

  /// Shows what the supervisor has said is due, which then records that it was shown: what it has open need not be opened
  /// here. What is left of that is done as if it had said nothing.
  ///
  /// - Parameter notices: In bytes; nil where it has not said all.
  func deliver(_ notices: [[UInt8]]?, recordTold: ([Int64]) -> Bool) {
    guard let notices, let due = Self.read(notices) else { return deliver() }
    if !due.isEmpty { show(due, under: nil, recordTold: recordTold) }
  }

  private static func read(_ notices: [[UInt8]]) -> [Notice]? {
    var read: [Notice] = []
    for bytes in notices {
      guard let notice = Notice(bytes: bytes) else { return nil }
      read.append(notice)
    }
    return read
  }

  /// Shows what sessions that ended before this one began have not shown, and which of their tasks run on.
  func deliverLeftBehind() {
    attempt("putting records right") { (store) throws(StoreError) in try Reconciliation(state, store).run() }
    deliverLeftBehind(under: NoticeBoard.awayHeading)
    guard tellsForOthers else { return }
    let abandoned = attempt("looking for what runs on") { (store) throws(StoreError) in try store.abandonedTasks() }
    guard let line = NoticeBoard.outlook(abandoned?.filter(\.mayRun) ?? [], style: style) else { return }
    FileDescriptor.standardError.show(line + "\n")
  }

  private var style: NoticeStyle { NoticeStyle(for: Terminal(.standardError), variables: variables) }

  /// Shows notifications of sessions that are over. One session at a time does so, hence they are shown once.
  private func deliverLeftBehind(under heading: String) {
    guard tellsForOthers, let turn = state.takeTurnToTell() else { return }
    defer { try? turn.close() }
    guard let waiting = waitingSessions, !waiting.left.isEmpty else { return }
    show(dueOf: waiting.left, under: heading, limit: NoticeBoard.leftAtOnce)
  }

  private var waitingSessions: TaskStore.WaitingSessions? {
    attempt("looking for what is due") { (store) throws(StoreError) in try store.waitingSessions(for: session) }
  }

  private func show(dueOf sessions: [SessionID], under heading: String?, limit: Int = .max) {
    let found = attempt("reading what is due") { (store) throws(StoreError) in
      try store.dueNotices(of: sessions, limit: limit)
    }
    guard let due = found, !due.isEmpty else { return }
    let notices = due.filter { !unacknowledged.contains($0.notification.id) }
    if !unacknowledged.isEmpty { acknowledge(Array(unacknowledged)) }
    if !notices.isEmpty { show(notices, under: heading) }
  }

  private func show(
    _ notices: [Notice], under heading: String?, recordTold: ([Int64]) -> Bool = { _ in false }
  ) {
    let board = NoticeBoard(notices)
    if !board.isEmpty {
      let lines = board.lines(under: heading, style: style) { $0.details }
      FileDescriptor.standardError.show(lines.map { $0 + "\n" }.joined())
      Failpoint.reach(.noticePrinted)
    }
    let ids = notices.map(\.notification.id)
    if !recordTold(ids) { acknowledge(ids) }
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
