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
  }

  /// Everything that belongs to a task now.
  func tree(of task: SupervisedTask) -> ProcessTree {
    ProcessTree(
      leader: task.leader, known: task.ending?.members ?? [],
      marks: ["BGSH_TASK_ID=\(task.id.rawValue)", "BGSH_SESSION=\(invocation.session)"],
      strangers: Set([ownProcessID, invocation.shellProcessID, bashProcessID ?? 0]))
  }

  /// Asks the whole tree to end; what has not gone after the grace is killed. Does nothing if that is under way.
  func end(_ id: TaskID, by: EndedBy) {
    guard var task = tasks[id], task.ending == nil else { return }
    // Seen before the first signal: afterwards parents are gone and children are nobody's.
    let tree = tree(of: task)
    task.ending = .init(
      by: by, members: tree.members, killInstant: .now.advanced(milliseconds: task.killAfterMilliseconds))
    tasks[id] = task
    tree.send(.terminate)
    // A stopped process acts on a signal only when it goes on.
    tree.send(.continue)
    scheduleCheck(of: id)
  }

  func send(_ signal: Signal, toTreeOf id: TaskID) {
    guard let task = tasks[id] else { return }
    tree(of: task).send(signal)
  }

  /// Finishes a task that was asked to end once its tree has gone, and loses patience in time.
  func checkEnding(of id: TaskID) {
    guard var task = tasks[id], var ending = task.ending else { return }
    if ending.members.contains(where: \.isAlive) || task.leaderEnd == nil {
      if MonotonicInstant.now >= ending.killInstant { killTree(of: task, &ending) }
    } else {
      // Processes that appeared since then, if any.
      let rest = tree(of: task)
      if rest.members.isEmpty { return finish(id) }
      ending.members += rest.members
      rest.send(MonotonicInstant.now >= ending.killInstant ? .kill : .terminate)
    }
    ending.checks += 1
    task.ending = ending
    tasks[id] = task
    scheduleCheck(of: id)
  }

  private func killTree(of task: SupervisedTask, _ ending: inout SupervisedTask.Ending) {
    let tree = tree(of: task)
    tree.send(.kill)
    ending.members = Array(Set(ending.members.filter(\.isAlive) + tree.members))
  }

  private func scheduleCheck(of id: TaskID) {
    guard let ending = tasks[id]?.ending else { return }
    let pause = min(Patience.firstCheckMilliseconds << Int64(min(ending.checks, 10)), Patience.longestCheckMilliseconds)
    let now = MonotonicInstant.now
    let next = now.advanced(milliseconds: pause)
    timers.add(.checkEnding(id), at: now < ending.killInstant ? min(next, ending.killInstant) : next)
  }

  /// Ends a task whose time is up. A timer may be early: time paused was added since it was set.
  func checkTimeout(of id: TaskID) {
    guard let task = tasks[id], task.ending == nil, task.state != .paused, let deadline = task.deadline else { return }
    if deadline <= .now {
      end(id, by: .timeout)
    } else {
      timers.add(.timeout(id), at: deadline)
    }
  }

  /// Looks for descendants that the terminal has stopped: only a task's leader reports that to its supervisor.
  func inspectTrees() {
    for task in Array(tasks.values.prefix(Patience.inspectedTasks)) where task.ending == nil && task.leaderEnd == nil {
      guard task.state != .paused, ProcessState(processID: task.leader.processID)?.isStopped == false else { continue }
      let waits = hasStoppedDescendant(task.leader.processID, depth: 0)
      enter(waits ? .waitingForInput : .running, task.id)
    }
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
