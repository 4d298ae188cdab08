import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import Tasks

/// Drops what ended tasks have kept too long, or too much of: a few at a time, when a session begins and as tasks end.
final class Retention {
  private let session: SupervisedSession
  private let ledger: Ledger
  private let state: StateDirectory
  /// What the session's shell last said, nil if it has not launched anything yet.
  private var stated: String?
  /// When the next round is due, nil if none is.
  private var nextRound: MonotonicInstant?
  private lazy var roundTimer = session.timers.timer { [unowned self] in
    ledger.attempt("dropping what is not kept") { (store) throws(StoreError) in tidy(store) }
  }
  private var lastRound: MonotonicInstant?
  /// How long to wait for something to be told, the longer the longer nobody is.
  private var untoldPause = Patience.untoldMilliseconds

  init(session: SupervisedSession, ledger: Ledger, state: StateDirectory) {
    self.session = session
    self.ledger = ledger
    self.state = state
  }

  /// Begins some time after the session has, which is not to wait for it.
  func begin() { schedule(milliseconds: Patience.settleDownMilliseconds) }

  /// Takes what `BGSH_KEEP` is in the launching shell. What an interactive shell has counts for the sessions that read no
  /// startup file, too.
  func hear(_ text: String, from store: TaskStore) {
    guard text != stated else { return }
    stated = text
    if session.invocation.kind == .interactive { try? store.set(Self.name, to: text.isEmpty ? nil : text) }
    schedule(milliseconds: Patience.keepMilliseconds)
  }

  /// Looks whether anything has to go after a task has ended: at once if it is too much, else soon, for all that end until
  /// then.
  func taskHasEnded(_ store: TaskStore) {
    let rule = rule(store)
    let isTooMuch = rule.totalBytes.map { (try? store.keptBytes()) ?? 0 > $0 } ?? false
    let isTime = lastRound.map { $0.milliseconds(until: session.now) >= Patience.keepIntervalMilliseconds } ?? true
    schedule(milliseconds: isTooMuch || isTime ? Patience.keepMilliseconds : Patience.settleDownMilliseconds)
  }

  private func schedule(milliseconds: Int64) {
    let moment = session.now.advanced(milliseconds: milliseconds)
    if let nextRound, nextRound <= moment { return }
    nextRound = moment
    roundTimer.set(at: moment)
  }

  /// Drops some, and comes back for the rest.
  func tidy(_ store: TaskStore) {
    nextRound = nil
    lastRound = session.now
    let rule = rule(store)
    guard let tasks = try? store.tasks(notKeptBy: rule, limit: Patience.droppedAtOnce) else { return }
    guard !tasks.isEmpty else { return lookAgain(rule, store) }
    // Where something fails it is done with the next round.
    guard let untold = try? store.untold(tasks.map(\.id)) else { return }
    for task in tasks { state.removeOutput(of: task.id) }
    guard (try? store.noteOutputRemoved(of: untold)) != nil,
      (try? store.drop(tasks.map(\.id).filter { !untold.contains($0) })) != nil
    else { return }
    untoldPause = Patience.untoldMilliseconds
    schedule(milliseconds: Patience.keepMilliseconds)
  }

  /// What is too old and has not been told goes when it has been, of which nobody hears here.
  private func lookAgain(_ rule: KeepRule, _ store: TaskStore) {
    guard let age = rule.ageMilliseconds else { return }
    let bound = Timestamp(milliseconds: Timestamp.now.milliseconds - age)
    // The one that ended last stays in any case.
    guard let old = try? store.oldestEnded(before: bound, limit: 2), old.count > 1 else { return }
    schedule(milliseconds: untoldPause)
    untoldPause = min(untoldPause * 2, Patience.keepIntervalMilliseconds)
  }

  private func rule(_ store: TaskStore) -> KeepRule {
    if let stated, let rule = try? KeepRule(stated) { return rule }
    let inherited = StateDirectory.environmentVariable(Self.name)
    // An interactive shell without the variable means the default; others may not have read where it is set.
    let shared =
      stated != nil && session.invocation.kind == .interactive ? nil : (try? store.setting(Self.name)).flatMap { $0 }
    return [inherited, shared].lazy.compactMap { $0.flatMap { try? KeepRule($0) } }.first ?? .standard
  }

  private static let name = "BGSH_KEEP"
}
