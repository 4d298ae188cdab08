import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// How many processes tasks leave running that end by themselves.
///
/// Whatever has lost its parent is a child of the supervisor. So only that one's children are looked at, and what these have
/// started.
final class LeftBehind {
  private let session: SupervisedSession
  private let roster: TaskRoster
  /// Of ended tasks, to be looked at again: most end within a moment.
  private var recent: [TaskID: [ProcessTree.Member]] = [:]
  private lazy var lookTimer = session.timers.timer { [unowned self] in lookAgain() }

  /// Called with how many are left of what a task has left, if these are fewer by now.
  var hasFewer: (TaskID, Int) -> Void = { _, _ in }

  init(session: SupervisedSession, roster: TaskRoster) {
    self.session = session
    self.roster = roster
  }

  /// Counts what a task leaves whose leader has ended. What cannot be seen now is not counted.
  func count(after task: SupervisedTask) -> Int {
    guard roster.count <= Patience.mostTasksLookedBehind else { return 0 }
    var left: [ProcessTree.Member] = []
    do throws(Errno) {
      for processID in try orphans() where processID != task.leader.processID {
        guard processID != session.bashProcessID, roster.id(ofLeader: processID) == nil,
          let state = ProcessSighting.of(processID).state, try belongs(state, to: task)
        else { continue }
        try add(state, to: &left)
      }
    } catch {
      return 0
    }
    guard !left.isEmpty else { return 0 }
    recent[task.id] = left
    lookTimer.set(in: Patience.leftMilliseconds)
    return left.count
  }

  private func orphans() throws(Errno) -> [Int32] {
    let own = try ProcessState.children(of: session.ownProcessID)
    guard session.invocation.takesOver else { return own }
    return try own + ProcessState.children(of: session.invocation.shellProcessID).filter { $0 != session.ownProcessID }
  }

  private func belongs(_ state: ProcessState, to task: SupervisedTask) throws(Errno) -> Bool {
    guard !state.isZombie, state.startTicks >= task.sinceTicks ?? 0 else { return false }
    return try state.belongs(
      toLeader: task.leader.processID, variables: TaskMark.variables, marks: TaskMark.values(task.id, session.id),
      outputs: task.row.output.identities)
  }

  private func add(_ state: ProcessState, to left: inout [ProcessTree.Member]) throws(Errno) {
    left.append(.init(processID: state.processID, startTicks: state.startTicks))
    for child in try ProcessState.children(of: state.processID) {
      guard let state = ProcessSighting.of(child).state, !state.isZombie else { continue }
      try add(state, to: &left)
    }
  }

  private func lookAgain() {
    for (id, members) in recent {
      let left = members.count { if case .gone = $0.sighting { false } else { true } }
      if left < members.count { hasFewer(id, left) }
    }
    recent = [:]
  }
}
