import ProcessControl
import SupervisorProtocol
import Tasks

/// What becomes of the tasks: ``TaskLifecycle`` says what each event changes.
extension Supervisor {
  /// Takes a task under supervision: its process is a child of this one and about to run.
  func supervise(_ task: SupervisedTask) {
    tasks[task.id] = task
    if task.leaderEnd == nil { taskIDs[task.leader.processID] = task.id }
    if let deadline = task.deadline { timeoutTimer.set(task.id, at: deadline) }
    outputWatch?.watch(task)
    inspection.schedule()
    // It was launched before bgsh went, and has come after that.
    if bgsh == nil, invocation.endsWithShell { endings.end([task.id], by: .session) }
  }

  /// A task's leader has ended, stopped or gone on.
  func taskHasChanged(_ id: TaskID, _ child: ShellReport.Child) {
    // What is older than the task was another process of that number.
    guard let task = tasks[id], task.startedInstant <= child.instant else { return }
    if let end = SupervisedTask.LeaderEnd(child) { return leaderHasEnded(end, id) }
    switch child.status {
    case .stopped(.terminalInput), .stopped(.terminalOutput): apply(.stoppedByTerminal, to: id)
    case .stopped: apply(.stopped, to: id)
    default: apply(.continued, to: id)
    }
  }

  func leaderHasEnded(_ end: SupervisedTask.LeaderEnd, _ id: TaskID) {
    guard var task = tasks[id], task.leaderEnd == nil else { return }
    let state = task.lifecycle
    task.leaderEnd = end
    tasks[id] = task
    taskIDs[task.leader.processID] = nil
    apply(.leaderEnded, to: id, in: state)
  }

  /// Takes a task whose end has been begun.
  func beginEnd(_ task: SupervisedTask) {
    guard let state = tasks[task.id]?.lifecycle else { return }
    tasks[task.id] = task
    apply(.endBegins, to: task.id, in: state)
  }

  /// Changes a task as the table says.
  func apply(_ event: TaskLifecycle.Event, to id: TaskID) {
    if let state = tasks[id]?.lifecycle { apply(event, to: id, in: state) }
  }

  private func apply(_ event: TaskLifecycle.Event, to id: TaskID, in state: TaskLifecycle.State) {
    guard let change = TaskLifecycle.transition(from: state, on: event) else { return }
    switch change.state {
    case .live(let new), .ending(let new): tasks[id]?.enter(new, at: timers.now())
    case .leaderless, .ended: break
    }
    guard let task = tasks[id] else { return }
    if change.acts.contains(.record) { ledger?.record(task.state, of: id) }
    if change.acts.contains(.keep) { ledger?.keep(task) }
    if change.acts.contains(.armTimeout), let deadline = task.deadline { timeoutTimer.set(id, at: deadline) }
    if change.acts.contains(.disarmTimeout) { timeoutTimer.cancel(id) }
    if change.acts.contains(.lookSoon) { endings.hasten() }
    if change.acts.contains(.finish) { finish(id) }
  }

  /// Records the end of a task whose leader, and whose tree where bgsh ended it, has gone.
  private func finish(_ id: TaskID) {
    guard let task = tasks.removeValue(forKey: id), let leaderEnd = task.leaderEnd else { return }
    let end: TaskState.End =
      task.ending?.by == .timeout ? .timedOut(leaderEnd.end) : leaderEnd.end.map { TaskState.End($0) } ?? .lost
    timeoutTimer.cancel(id)
    ledger?.record(end, of: task, leaderEnd: leaderEnd)
  }
}
