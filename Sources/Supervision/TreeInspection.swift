import ProcessControl
import SupervisorProtocol
import SystemPackage
import Tasks

/// Looks for descendants of tasks that have been stopped, as the terminal does it: only a task's leader reports that to
/// its supervisor. Of many tasks some are looked at, others the next time.
final class TreeInspection {
  private let session: SupervisedSession
  private let roster: TaskRoster
  private var isScheduled = false
  private lazy var timer = session.timers.timer { [unowned self] in look() }

  init(session: SupervisedSession, roster: TaskRoster) {
    self.session = session
    self.roster = roster
  }

  /// Looks after some time, as long as there are tasks. Those of a session without a terminal read end of file, and wait
  /// for nobody.
  func schedule() {
    guard session.invocation.feed == .terminal, !roster.isEmpty, !isScheduled else { return }
    isScheduled = true
    timer.set(in: Patience.inspectMilliseconds)
  }

  private func look() {
    isScheduled = false
    let running = roster.all.filter { task in
      if case .live(let state) = task.lifecycle { state != .paused } else { false }
    }
    for task in running.shuffled().prefix(Patience.inspectedTasks) {
      guard task.leader.sighting.state?.isStopped == false else { continue }
      do throws(Errno) {
        let waits = try Self.hasStoppedDescendant(task.leader.processID, depth: 0)
        roster.apply(waits ? .descendantWaits : .noDescendantWaits, to: task.id)
      } catch {
        // It is looked at the next time.
        session.note("whether \(task.id) waits for input is not known: \(error)")
      }
    }
    schedule()
  }

  private static func hasStoppedDescendant(_ processID: Int32, depth: Int) throws(Errno) -> Bool {
    guard depth < Patience.inspectedDepth else { return false }
    for child in try ProcessState.children(of: processID) {
      switch ProcessSighting.of(child) {
      case .found(let state) where state.isStopped && state.terminal != 0: return true
      case .unknown(let error): throw error
      case .found, .gone: if try hasStoppedDescendant(child, depth: depth + 1) { return true }
      }
    }
    return false
  }
}
