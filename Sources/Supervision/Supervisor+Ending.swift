import ProcessControl
import StateFiles
import SupervisorProtocol
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
  func processTable() throws(Errno) -> ProcessTable {
    try ProcessTable(markedBy: TaskMark.variables, since: shellStartTicks ?? 0)
  }

  /// Everything that belongs to a task.
  func tree(of task: SupervisedTask, in table: ProcessTable) throws(Errno) -> ProcessTree {
    try ProcessTree(
      leader: task.leader, known: task.ending?.members ?? [], marks: TaskMark.values(task.id, invocation.session),
      outputs: task.row.output.identities, strangers: strangers, in: table)
  }

  /// What tasks that have ended left behind.
  private func remains(_ id: TaskID, in table: ProcessTable) throws(Errno) -> ProcessTree {
    try ProcessTree(
      known: remains[id]?.members ?? [], marks: TaskMark.values(id, invocation.session),
      outputs: state?.output(of: id, isSplit: true).identities ?? [], strangers: strangers, in: table)
  }

  private var strangers: Set<Int32> { [ownProcessID, invocation.shellProcessID, bashProcessID ?? 0] }

  /// Asks whole trees to end; what has not gone after the grace is killed. Does nothing where that is under way.
  ///
  /// What none of can be signalled is left alone where somebody has asked for its end, and tried again where a limit has.
  /// Where it cannot be seen now what there is, it is done as soon as it can.
  ///
  /// - Parameter isUnderWay: Whether another supervisor has begun with it.
  /// - Returns: What was out of reach.
  @discardableResult
  func end(_ ids: [TaskID], by: EndedBy, isUnderWay: Bool = false) -> [TaskID: [ProcessTree.Refusal]] {
    var trees: [TaskID: ProcessTree] = [:]
    do throws(Errno) {
      let table = try processTable()
      // Seen before the first signal: afterwards parents are gone and children are nobody's.
      for case let task? in ids.map({ tasks[$0] }) { trees[task.id] = try tree(of: task, in: table) }
    } catch {
      note("what is to end is not known yet: \(error)")
      for id in ids { timers.add(.end(id, by), at: .now.advanced(milliseconds: Patience.lookAgainMilliseconds)) }
      return [:]
    }
    var refusals: [TaskID: [ProcessTree.Refusal]] = [:]
    for (id, tree) in trees {
      guard var task = tasks[id] else { continue }
      var ending = SupervisedTask.Ending(
        by: by, graceMilliseconds: task.row.killAfterMilliseconds, hasReached: isUnderWay)
      refusals[id] = ending.begin(tree.members)
      trees[id] = nil
      guard task.ending == nil else { continue }
      if ending.isStuck {
        if by == .kill { continue }
        if by == .timeout { ledger?.recordUnended(id) }
      }
      trees[id] = tree
      task.ending = ending
      tasks[id] = task
      timers.cancel(.timeout(id))
      ledger?.keep(task)
    }
    // Another supervisor is to know who ended them.
    ledger?.flush()
    if by == .timeout, ledger?.lacksMemory == true {
      postponeTimeouts(of: ids)
      return [:]
    }
    for tree in trees.values {
      tree.send(.terminate)
      // A stopped process acts on a signal only when it goes on.
      tree.send(.continue)
    }
    hastenEndingRound()
    return refusals
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
  /// - Returns: The tasks of which something was there, with what was out of reach.
  /// - Throws: Why that cannot be known now.
  func endRemains(of ids: [TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]] {
    guard !ids.isEmpty else { return [:] }
    let table = try processTable()
    var found: [TaskID: [ProcessTree.Refusal]] = [:]
    for id in ids {
      var members = try remains(id, in: table).members
      if members.isEmpty { members = try hunt(id, sending: .stop) }
      guard !members.isEmpty else { continue }
      var ending = SupervisedTask.Ending(by: .kill, graceMilliseconds: Limits.killAfterMilliseconds)
      found[id] = ending.begin(members)
      guard remains[id] == nil, !ending.isStuck else { continue }
      remains[id] = ending
      ProcessTree.send(.terminate, to: members)
      ProcessTree.send(.continue, to: members)
    }
    hastenEndingRound()
    return found
  }

  /// - Returns: What was out of reach.
  /// - Throws: Why it cannot be known now what belongs to the tasks; then nothing was sent.
  @discardableResult
  func send(_ signal: Signal, toTreesOf ids: [TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]] {
    let table = try processTable()
    var trees: [TaskID: ProcessTree] = [:]
    for case let task? in ids.map({ tasks[$0] }) { trees[task.id] = try tree(of: task, in: table) }
    return trees.mapValues { $0.send(signal) }
  }

  /// Finishes the tasks that were asked to end and whose trees have gone, and loses patience in time.
  func checkEndings() {
    if let nextEndingRound, nextEndingRound > .now { return }
    nextEndingRound = nil
    let ending = tasks.values.filter { $0.ending != nil }
    guard !ending.isEmpty || !remains.isEmpty else { return }
    do throws(Errno) {
      let table = try processTable()
      for task in ending { try check(task, in: table) }
      for (id, ending) in remains { try check(id, ending, in: table) }
    } catch {
      // What cannot be seen has not gone.
      note("whether all has ended is not known yet: \(error)")
    }
    endingRounds += 1
    scheduleEndingRound()
  }

  private func check(_ task: SupervisedTask, in table: ProcessTable) throws(Errno) {
    guard var ending = task.ending else { return }
    var members = try tree(of: task, in: table).members
    if members.isEmpty && task.leaderEnd != nil && ending.hasGrown { members = try huntDown(task.id, ending) }
    guard !members.isEmpty || task.leaderEnd == nil else { return finish(task.id) }
    let hadReached = ending.hasReached
    ending.press(members)
    tasks[task.id]?.ending = ending
    if ending.hasReached != hadReached, let task = tasks[task.id] { ledger?.keep(task) }
  }

  private func check(_ id: TaskID, _ ending: SupervisedTask.Ending, in table: ProcessTable) throws(Errno) {
    var ending = ending
    var members = try remains(id, in: table).members
    if members.isEmpty { members = try huntDown(id, ending) }
    ending.press(members)
    remains[id] = members.isEmpty ? nil : ending
  }

  /// Finds what a look at all processes misses, because it ends before it has been looked at, and starts the next one.
  private func hunt(_ id: TaskID, sending signal: Signal) throws(Errno) -> [ProcessTree.Member] {
    try ProcessHunt(
      markedBy: TaskMark.variables, marks: TaskMark.values(id, invocation.session),
      outputs: state?.output(of: id, isSplit: true).identities ?? [], strangers: strangers,
      since: shellStartTicks ?? 0
    ).run(sending: signal)
  }

  /// Does that where all seems to have gone, and ends it.
  private func huntDown(_ id: TaskID, _ ending: SupervisedTask.Ending) throws(Errno) -> [ProcessTree.Member] {
    if ending.isOver { return try hunt(id, sending: .kill) }
    let found = try hunt(id, sending: .stop)
    ProcessTree.send(.terminate, to: found)
    ProcessTree.send(.continue, to: found)
    return found
  }

  private var endings: [SupervisedTask.Ending] { tasks.values.compactMap(\.ending) + remains.values }

  /// The next look comes soon at first, later and later then, and when the first grace has passed. What is out of reach is
  /// only looked at now and then.
  private func scheduleEndingRound() {
    let endings = endings
    guard !endings.isEmpty else { return }
    let now = MonotonicInstant.now
    let hurried = endings.filter { !$0.isStuck }
    let pause = min(Patience.firstCheckMilliseconds << Int64(min(endingRounds, 10)), Patience.longestCheckMilliseconds)
    let next = now.advanced(milliseconds: hurried.isEmpty ? Patience.stuckMilliseconds : pause)
    lookAtEndings(at: hurried.map(\.killInstant).filter { $0 > now }.min().map { min($0, next) } ?? next)
  }

  /// Something has changed in a tree that is to end.
  func hastenEndingRound() {
    endingRounds = 0
    lookAtEndings(at: .now.advanced(milliseconds: Patience.firstCheckMilliseconds))
  }

  private func lookAtEndings(at instant: MonotonicInstant) {
    if let nextEndingRound, nextEndingRound <= instant { return }
    nextEndingRound = instant
    timers.add(.checkEndings, at: instant)
  }

  /// A process has gone that is no leader of a task: one that was out of reach, perhaps.
  func strangerHasEnded() {
    if nextEndingRound != nil, endings.allSatisfy(\.isStuck) { hastenEndingRound() }
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
      guard task.leader.sighting.state?.isStopped == false else { continue }
      do throws(Errno) {
        let waits = try hasStoppedDescendant(task.leader.processID, depth: 0)
        enter(waits ? .waitingForInput : .running, task.id)
      } catch {
        // It is looked at the next time.
        note("whether \(task.id) waits for input is not known: \(error)")
      }
    }
    scheduleInspection()
  }

  /// Tasks of a session without a terminal read end of file, and wait for nobody.
  private func scheduleInspection() {
    guard invocation.feed == .terminal, !tasks.isEmpty, !isInspectionScheduled else { return }
    isInspectionScheduled = true
    timers.add(.inspectTrees, at: .now.advanced(milliseconds: Patience.inspectMilliseconds))
  }

  private func hasStoppedDescendant(_ processID: Int32, depth: Int) throws(Errno) -> Bool {
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
