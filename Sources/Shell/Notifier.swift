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
  private var openedStore: TaskStore?
  /// Why it could not be opened the last time.
  private var complaint: StoreError?
  /// What was shown and could not be acknowledged, on a full disk for example: it is not shown again here.
  private var unacknowledged: Set<Int64> = []

  init(state: StateDirectory, session: SessionID) {
    self.session = session
    self.state = state
  }

  /// The tasks of this session that have not ended.
  var runningTasks: Int {
    (try? store?.runningCount(session)) ?? 0
  }

  /// The records and the queue; nil where they cannot be opened now, which is said once.
  var store: TaskStore? {
    if let openedStore { return openedStore }
    do throws(StoreError) {
      let (store, kept) = try TaskStore.openReplacingDamaged(in: state)
      if let kept { Diagnostic.say(TaskStore.replacementMessage(kept: kept)) }
      openedStore = store
    } catch {
      if error != complaint { Diagnostic.say("\(error)") }
      complaint = error
    }
    return openedStore
  }

  /// Shows what is due and acknowledges it. What is shown and not acknowledged, because somebody killed bgsh in
  /// between, is shown again by the next session: better twice than never.
  func deliver() {
    guard let due = try? store?.dueNotices(for: session), !due.isEmpty else { return }
    let notices = due.filter { !unacknowledged.contains($0.notification.id) }
    if !unacknowledged.isEmpty { acknowledge(Array(unacknowledged)) }
    if !notices.isEmpty { show(notices, under: nil) }
  }

  /// Shows what earlier interactive sessions of this user left unshown.
  func deliverLeftBehind() {
    if let store { try? Reconciliation(state, store).run() }
    let isAlive = { [state] (id: SessionID) in state.session(id).isAlive }
    guard let notices = try? store?.noticesLeftBehind(excluding: session, isAlive: isAlive), !notices.isEmpty
    else { return }
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
    if (try? store?.acknowledge(ids, by: session)) != nil {
      unacknowledged.subtract(ids)
    } else {
      unacknowledged.formUnion(ids)
    }
  }
}
