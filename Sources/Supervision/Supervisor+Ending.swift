import ProcessControl
import SystemPackage
import Tasks

/// How tasks are ended, signalled and looked into.
extension Supervisor {
  /// Takes a task under supervision: its process is a child of this one and about to run.
  func supervise(_ task: SupervisedTask) {
    tasks[task.id] = task
    taskIDs[task.leader.processID] = task.id
    if let deadline = task.deadline { timers.add(.timeout(task.id), at: deadline) }
    outputDesk?.watch(task)
    scheduleInspection()
  }

  /// The processes that there are, for one round of looking into trees.
  func processTable() -> ProcessTable {
    ProcessTable(markedBy: TaskMark.variables, since: shellStartTicks ?? 0)
  }

  /// Everything that belongs to a task.
  func tree(of task: SupervisedTask, in table: ProcessTable) -> ProcessTree {
    ProcessTree(
      leader: task.leader, known: task.ending?.members ?? [], marks: TaskMark.values(task.id, invocation.session),
      outputs: task.output.identities, strangers: strangers, in: table)
  }

  /// What tasks that have ended left behind.
  private func remains(_ id: TaskID, in table: ProcessTable) -> ProcessTree {
    ProcessTree(
      known: remains[id]?.members ?? [], marks: TaskMark.values(id, invocation.session),
      outputs: state?.output(of: id, isSplit: true).identities ?? [], strangers: strangers, in: table)
  }

  private var strangers: Set<Int32> { [ownProcessID, invocation.shellProcessID, bashProcessID ?? 0] }

  /// Asks whole trees to end; what has not gone after the grace is killed. Does nothing where that is under way.
  func end(_ ids: [TaskID], by: EndedBy) {
    let table = processTable()
    var trees: [ProcessTree] = []
    for id in ids {
      guard var task = tasks[id], task.ending == nil else { continue }
      // Seen before the first signal: afterwards parents are gone and children are nobody's.
      let tree = tree(of: task, in: table)
      task.ending = .init(
        by: by, members: tree.members, killInstant: .now.advanced(milliseconds: task.killAfterMilliseconds))
      tasks[id] = task
      launchDesk?.keep(task)
      trees.append(tree)
    }
    // Another supervisor is to know who ended them.
    launchDesk?.flush()
    if by == .timeout, launchDesk?.lacksMemory == true { return postponeTimeouts(of: ids) }
    for tree in trees {
      tree.send(.terminate)
      // A stopped process acts on a signal only when it goes on.
      tree.send(.continue)
    }
    endingRounds = 0
    scheduleEndingRound()
  }

  /// A supervisor that has memory will do it.
  private func postponeTimeouts(of ids: [TaskID]) {
    for id in ids {
      tasks[id]?.ending = nil
      timers.add(.timeout(id), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  /// Asks what tasks that have ended left behind to end, as ``end(_:by:)`` does.
  ///
  /// - Returns: The tasks of which something was there.
  func endRemains(of ids: [TaskID]) -> Set<TaskID> {
    guard !ids.isEmpty else { return [] }
    let table = processTable()
    var found: Set<TaskID> = []
    for id in ids {
      let tree = remains(id, in: table)
      guard !tree.members.isEmpty else { continue }
      found.insert(id)
      guard remains[id] == nil else { continue }
      remains[id] = .init(
        by: .kill, members: tree.members, killInstant: .now.advanced(milliseconds: Limits.killAfterMilliseconds))
      tree.send(.terminate)
      tree.send(.continue)
    }
    endingRounds = 0
    scheduleEndingRound()
    return found
  }

  func send(_ signal: Signal, toTreesOf ids: [TaskID]) {
    let table = processTable()
    for task in ids.compactMap({ tasks[$0] }) { tree(of: task, in: table).send(signal) }
  }

  /// Finishes the tasks that were asked to end and whose trees have gone, and loses patience in time.
  func checkEndings() {
    isEndingRoundScheduled = false
    let ending = tasks.values.filter { $0.ending != nil }
    guard !ending.isEmpty || !remains.isEmpty else { return }
    let table = processTable()
    for task in ending { check(task, in: table) }
    for (id, ending) in remains { check(id, ending, in: table) }
    endingRounds += 1
    scheduleEndingRound()
  }

  private func check(_ task: SupervisedTask, in table: ProcessTable) {
    guard var ending = task.ending else { return }
    let members = tree(of: task, in: table).members
    guard !members.isEmpty || task.leaderEnd == nil else { return finish(task.id) }
    ending.press(members)
    tasks[task.id]?.ending = ending
  }

  private func check(_ id: TaskID, _ ending: SupervisedTask.Ending, in table: ProcessTable) {
    var ending = ending
    let members = remains(id, in: table).members
    ending.press(members)
    remains[id] = members.isEmpty ? nil : ending
  }

  /// The next look comes soon at first, later and later then, and when the first grace has passed.
  func scheduleEndingRound() {
    let graces = tasks.values.compactMap { $0.ending?.killInstant } + remains.values.map(\.killInstant)
    guard !graces.isEmpty, !isEndingRoundScheduled else { return }
    let pause = min(Patience.firstCheckMilliseconds << Int64(min(endingRounds, 10)), Patience.longestCheckMilliseconds)
    let now = MonotonicInstant.now
    let next = now.advanced(milliseconds: pause)
    isEndingRoundScheduled = true
    timers.add(.checkEndings, at: graces.filter { $0 > now }.min().map { min($0, next) } ?? next)
  }

  /// Whether a task's time is up. A timer may be early: time paused was added since it was set.
  func isTimedOut(_ id: TaskID) -> Bool {
    guard let task = tasks[id], task.ending == nil, task.state != .paused, let deadline = task.deadline
    else { return false }
    if deadline <= .now { return true }
    timers.add(.timeout(id), at: deadline)
    return false
  }

  /// Looks for descendants that have been stopped, as the terminal does it: only a task's leader reports that to its
  /// supervisor. Of many tasks some are looked at, others the next time.
  func inspectTrees() {
    isInspectionScheduled = false
    let running = tasks.values.filter { $0.ending == nil && $0.leaderEnd == nil && $0.state != .paused }
    for task in running.shuffled().prefix(Patience.inspectedTasks) {
      guard ProcessState(processID: task.leader.processID)?.isStopped == false else { continue }
      let waits = hasStoppedDescendant(task.leader.processID, depth: 0)
      enter(waits ? .waitingForInput : .running, task.id)
    }
    scheduleInspection()
  }

  /// Tasks of a session without a terminal read end of file, and wait for nobody.
  private func scheduleInspection() {
    guard invocation.feed == .terminal, !tasks.isEmpty, !isInspectionScheduled else { return }
    isInspectionScheduled = true
    timers.add(.inspectTrees, at: .now.advanced(milliseconds: Patience.inspectMilliseconds))
  }

  private func hasStoppedDescendant(_ processID: Int32, depth: Int) -> Bool {
    guard depth < Patience.inspectedDepth else { return false }
    return ProcessState.children(of: processID).contains { child in
      if let state = ProcessState(processID: child), state.isStopped, state.terminal != 0 { return true }
      return hasStoppedDescendant(child, depth: depth + 1)
    }
  }
}
