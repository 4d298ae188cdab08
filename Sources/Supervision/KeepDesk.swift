import Glibc
import ProcessControl
import Tasks

/// Drops what ended tasks have kept too long, or too much of: a few at a time, when a session begins and as tasks end.
final class KeepDesk {
  private unowned let supervisor: Supervisor
  private let state: StateDirectory
  /// What the session's shell last said, nil if it has not launched anything yet.
  private var stated: String?
  private var isScheduled = false
  private var lastRound: MonotonicInstant?

  init(supervisor: Supervisor, state: StateDirectory) {
    self.supervisor = supervisor
    self.state = state
  }

  /// Begins some time after the session has, which is not to wait for it.
  func begin() { schedule(milliseconds: Patience.settleDownMilliseconds) }

  /// Takes what `BGSH_KEEP` is in the launching shell. What an interactive shell has counts for the sessions that read no
  /// startup file, too.
  func hear(_ text: String, from store: TaskStore) {
    guard text != stated else { return }
    stated = text
    if supervisor.invocation.kind == .interactive { try? store.set(Self.name, to: text.isEmpty ? nil : text) }
    schedule(milliseconds: Patience.keepMilliseconds)
  }

  /// Looks whether anything has to go after a task has ended: at once if it is too much, else now and then.
  func taskHasEnded(_ store: TaskStore) {
    let rule = rule(store)
    let isTooMuch = rule.totalBytes.map { (try? store.keptBytes()) ?? 0 > $0 } ?? false
    let isTime = lastRound.map { $0.milliseconds(until: .now) >= Patience.keepIntervalMilliseconds } ?? true
    if isTooMuch || isTime { schedule(milliseconds: Patience.keepMilliseconds) }
  }

  private func schedule(milliseconds: Int64) {
    guard !isScheduled else { return }
    isScheduled = true
    supervisor.timers.add(.tidy, at: .now.advanced(milliseconds: milliseconds))
  }

  /// Drops some, and comes back for the rest.
  func tidy(_ store: TaskStore) {
    isScheduled = false
    lastRound = .now
    guard let tasks = try? store.tasks(notKeptBy: rule(store), limit: Patience.droppedAtOnce), !tasks.isEmpty else {
      return
    }
    for task in tasks { state.removeOutput(of: task.id) }
    // Where it fails it is done with the next round.
    guard (try? store.drop(tasks.map(\.id))) != nil else { return }
    schedule(milliseconds: Patience.keepMilliseconds)
  }

  private func rule(_ store: TaskStore) -> KeepRule {
    if let stated, let rule = try? KeepRule(stated) { return rule }
    let inherited = StateDirectory.environmentVariable(Self.name)
    // An interactive shell without the variable means the default; others may not have read where it is set.
    let shared =
      stated != nil && supervisor.invocation.kind == .interactive ? nil : (try? store.setting(Self.name)).flatMap { $0 }
    return [inherited, shared].lazy.compactMap { $0.flatMap { try? KeepRule($0) } }.first ?? .standard
  }

  private static let name = "BGSH_KEEP"
}
