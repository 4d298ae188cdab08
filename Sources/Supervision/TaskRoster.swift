import ProcessControl
import SupervisorProtocol
import Tasks

/// The tasks that have not ended, and what becomes of them: ``TaskLifecycle`` says what each event changes.
final class TaskRoster {
  private let timers: Timers
  private let ledger: Ledger?
  private var tasks: [TaskID: SupervisedTask] = [:]
  /// The tasks whose leaders have not ended, by the leaders.
  private var idsByLeader: [Int32: TaskID] = [:]
  private lazy var timeoutTimer = timers.taskTimer { [unowned self] id in timeHasCome(for: id) }

  /// Called with each task that is about to run, or goes on.
  var hasBegun: (SupervisedTask) -> Void = { _ in }
  /// Called when the time of a task is up.
  var isOverdue: (TaskID) -> Void = { _ in }
  /// Says how many processes a task leaves that has ended by itself.
  var countsLeft: (SupervisedTask) -> Int = { _ in 0 }
  /// Called when something has changed in a tree that is to end.
  var hasChangedTree: () -> Void = {}

  /// - Parameter ledger: Nil where nothing can be recorded: there are no tasks then.
  init(timers: Timers, ledger: Ledger?) {
    self.timers = timers
    self.ledger = ledger
  }

  subscript(id: TaskID) -> SupervisedTask? { tasks[id] }

  var all: [SupervisedTask] { Array(tasks.values) }

  var isEmpty: Bool { tasks.isEmpty }
  var count: Int { tasks.count }

  /// The task of which a process is the leader.
  func id(ofLeader processID: Int32) -> TaskID? { idsByLeader[processID] }

  /// Takes a task whose process is about to run, or goes on.
  func add(_ task: SupervisedTask) {
    tasks[task.id] = task
    if task.leaderEnd == nil { idsByLeader[task.leader.processID] = task.id }
    if let deadline = task.deadline { timeoutTimer.set(task.id, at: deadline) }
    hasBegun(task)
  }

  /// A task's leader has ended, stopped or gone on.
  func leaderHasChanged(_ id: TaskID, _ child: ShellReport.Child) {
    // What is older than the task was another process of that number.
    guard let task = tasks[id], task.startedInstant <= child.instant else { return }
    if let end = SupervisedTask.LeaderEnd(child) { return leaderHasEnded(id, end) }
    switch child.status {
    case .stopped(.terminalInput), .stopped(.terminalOutput): apply(.stoppedByTerminal, to: id)
    case .stopped: apply(.stopped, to: id)
    default: apply(.continued, to: id)
    }
  }

  func leaderHasEnded(_ id: TaskID, _ end: SupervisedTask.LeaderEnd) {
    guard let task = tasks[id], task.leaderEnd == nil else { return }
    tasks[id]?.leaderEnd = end
    idsByLeader[task.leader.processID] = nil
    apply(.leaderEnded, to: id, in: task.lifecycle)
  }

  /// A task's leader has ended, and nobody has seen how.
  func leaderHasGone(_ id: TaskID) { leaderHasEnded(id, .unseen(at: timers.now())) }

  /// Somebody has begun to end a task.
  func beginEnd(of id: TaskID, _ ending: SupervisedTask.Ending) {
    guard let state = tasks[id]?.lifecycle else { return }
    tasks[id]?.ending = ending
    apply(.endBegins, to: id, in: state)
  }

  /// The end of a task has come further.
  func update(_ id: TaskID, _ ending: SupervisedTask.Ending) {
    guard let task = tasks[id] else { return }
    let hadReached = task.ending?.hasReached
    tasks[id]?.ending = ending
    if ending.hasReached != hadReached, let task = tasks[id] { ledger?.keep(task) }
  }

  /// Nobody ends a task after all: its time is looked at again a little later.
  func postponeEnd(of id: TaskID) {
    tasks[id]?.ending = nil
    timeoutTimer.set(id, in: Patience.retryMilliseconds)
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
    if change.acts.contains(.lookSoon) { hasChangedTree() }
    if change.acts.contains(.finish) { finish(id) }
  }

  /// Records the end of a task whose leader, and whose tree where bgsh ended it, has gone.
  private func finish(_ id: TaskID) {
    guard let task = tasks.removeValue(forKey: id), let leaderEnd = task.leaderEnd else { return }
    let end: TaskState.End =
      task.ending?.by == .timeout ? .timedOut(leaderEnd.end) : leaderEnd.end.map { TaskState.End($0) } ?? .lost
    timeoutTimer.cancel(id)
    let leftProcesses = task.ending == nil && leaderEnd.end != nil ? countsLeft(task) : 0
    ledger?.record(end, of: task, leaderEnd: leaderEnd, leftProcesses: leftProcesses)
  }

  /// A task's time may be up, or not yet: time paused may have been added since the timer was set.
  private func timeHasCome(for id: TaskID) {
    guard let task = tasks[id], task.ending == nil, task.state != .paused, let deadline = task.deadline else { return }
    if deadline <= timers.now() { isOverdue(id) } else { timeoutTimer.set(id, at: deadline) }
  }
}
