import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// How tasks are ended and signalled: whole trees, and what tasks that have ended have left behind.
final class Endings {
  private unowned let supervisor: Supervisor
  /// What ended tasks left behind and somebody wants to end.
  private var remains: [TaskID: SupervisedTask.Ending] = [:]
  /// How often the trees that are to end have been looked at, and when the next look is due.
  private var rounds = 0
  private var nextRound: MonotonicInstant?
  private lazy var roundTimer = supervisor.timers.timer { [unowned self] in check() }
  /// Tasks whose time is up, to be ended together.
  private var overdue: [TaskID] = []
  /// What could not be done as it could not be seen what belongs to a task.
  private lazy var hangUpTimer = supervisor.timers.taskTimer { [unowned self] id in hangUp([id]) }
  private lazy var sessionTimer = supervisor.timers.timer { [unowned self] in endSession() }
  private lazy var endTimers = Dictionary(
    uniqueKeysWithValues: EndedBy.allCases.map { by in
      (by, supervisor.timers.taskTimer { [unowned self] id in end([id], by: by) })
    })

  init(supervisor: Supervisor) {
    self.supervisor = supervisor
  }

  /// Whether what an ended task has left behind is still to end.
  var hasRemains: Bool { !remains.isEmpty }

  /// The processes that there are, for one round of looking into trees.
  private func processTable() throws(Errno) -> ProcessTable {
    try ProcessTable(markedBy: TaskMark.variables, since: supervisor.shellStartTicks ?? 0)
  }

  /// Everything that belongs to a task.
  private func tree(of task: SupervisedTask, in table: ProcessTable) throws(Errno) -> ProcessTree {
    try ProcessTree(
      leader: task.leader, known: task.ending?.members ?? [],
      marks: TaskMark.values(task.id, supervisor.invocation.session),
      outputs: task.row.output.identities, strangers: strangers, in: table)
  }

  /// What tasks that have ended left behind.
  private func remains(_ id: TaskID, in table: ProcessTable) throws(Errno) -> ProcessTree {
    if id == .ofSession { return try othersThanTasks(in: table) }
    return try ProcessTree(
      known: remains[id]?.members ?? [], marks: TaskMark.values(id, supervisor.invocation.session),
      outputs: supervisor.state?.output(of: id, isSplit: true).identities ?? [], strangers: strangers, in: table)
  }

  private var strangers: Set<Int32> {
    [supervisor.ownProcessID, supervisor.invocation.shellProcessID, supervisor.bashProcessID ?? 0]
  }

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
      for case let task? in ids.map({ supervisor.tasks[$0] }) { trees[task.id] = try tree(of: task, in: table) }
    } catch {
      supervisor.note("what is to end is not known yet: \(error)")
      for id in ids { endTimers[by]?.set(id, in: Patience.lookAgainMilliseconds) }
      return [:]
    }
    var refusals: [TaskID: [ProcessTree.Refusal]] = [:]
    for (id, tree) in trees {
      guard var task = supervisor.tasks[id] else { continue }
      var ending = SupervisedTask.Ending(
        by: by, graceMilliseconds: task.row.killAfterMilliseconds, hasReached: isUnderWay)
      refusals[id] = ending.begin(tree.members)
      trees[id] = nil
      guard task.ending == nil else { continue }
      if ending.isStuck {
        if by == .kill { continue }
        if by == .timeout { supervisor.ledger?.recordUnended(id) }
      }
      trees[id] = tree
      task.ending = ending
      supervisor.beginEnd(task)
    }
    // Another supervisor is to know who ended them.
    supervisor.ledger?.flush()
    if by == .timeout, supervisor.ledger?.lacksMemory == true {
      postponeTimeouts(of: ids)
      return [:]
    }
    for tree in trees.values {
      tree.send(.terminate)
      // A stopped process acts on a signal only when it goes on.
      tree.send(.continue)
    }
    hasten()
    return refusals
  }

  /// A supervisor that has memory will do it.
  private func postponeTimeouts(of ids: [TaskID]) {
    for id in ids {
      supervisor.tasks[id]?.ending = nil
      supervisor.timeoutTimer.set(id, in: Patience.retryMilliseconds)
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
    hasten()
    return found
  }

  /// Asks the session's tasks to end, and whatever else there is below this process: bash, what calls left behind, and what
  /// tasks that have ended did.
  func endSession() {
    end(supervisor.tasks.values.filter { $0.ending == nil }.map(\.id), by: .session)
    do throws(Errno) {
      let members = try othersThanTasks(in: try processTable()).members
      guard !members.isEmpty else { return }
      var ending = SupervisedTask.Ending(by: .session, graceMilliseconds: Limits.killAfterMilliseconds)
      _ = ending.begin(members)
      remains[.ofSession] = ending
      ProcessTree.send(.terminate, to: members)
      ProcessTree.send(.continue, to: members)
      hasten()
    } catch {
      supervisor.note("what is to end with bgsh is not known yet: \(error)")
      sessionTimer.set(in: Patience.lookAgainMilliseconds)
    }
  }

  /// What there is below this process and belongs to no task. Nothing can have left: this process adopts whatever loses its
  /// parent.
  private func othersThanTasks(in table: ProcessTable) throws(Errno) -> ProcessTree {
    var visited = Set(supervisor.tasks.values.map(\.leader.processID))
    var next = table.children(of: supervisor.ownProcessID)
    var members: [ProcessTree.Member] = []
    while let processID = next.popLast() {
      guard visited.insert(processID).inserted else { continue }
      switch ProcessSighting.of(processID) {
      case .found(let state) where !state.isZombie:
        members.append(.init(processID: processID, startTicks: state.startTicks))
      case .found, .gone: break
      case .unknown(let error): throw error
      }
      next += table.children(of: processID)
    }
    return ProcessTree(members: members)
  }

  /// - Returns: What was out of reach.
  /// - Throws: Why it cannot be known now what belongs to the tasks; then nothing was sent.
  @discardableResult
  func send(_ signal: Signal, toTreesOf ids: [TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]] {
    let table = try processTable()
    var trees: [TaskID: ProcessTree] = [:]
    for case let task? in ids.map({ supervisor.tasks[$0] }) { trees[task.id] = try tree(of: task, in: table) }
    return trees.mapValues { $0.send(signal) }
  }

  /// Finishes the tasks that were asked to end and whose trees have gone, and loses patience in time.
  func check() {
    if let nextRound, nextRound > .now { return }
    nextRound = nil
    let ending = supervisor.tasks.values.filter { $0.ending != nil }
    guard !ending.isEmpty || !remains.isEmpty else { return }
    do throws(Errno) {
      let table = try processTable()
      for task in ending { try check(task, in: table) }
      for (id, ending) in remains { try check(id, ending, in: table) }
    } catch {
      // What cannot be seen has not gone.
      supervisor.note("whether all has ended is not known yet: \(error)")
    }
    rounds += 1
    scheduleRound()
  }

  private func check(_ task: SupervisedTask, in table: ProcessTable) throws(Errno) {
    guard var ending = task.ending else { return }
    var members = try tree(of: task, in: table).members
    if members.isEmpty && task.leaderEnd != nil && ending.hasGrown { members = try huntDown(task.id, ending) }
    guard !members.isEmpty || task.leaderEnd == nil else { return supervisor.apply(.treeGone, to: task.id) }
    let hadReached = ending.hasReached
    ending.press(members)
    supervisor.tasks[task.id]?.ending = ending
    if ending.hasReached != hadReached, let task = supervisor.tasks[task.id] { supervisor.ledger?.keep(task) }
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
      markedBy: TaskMark.variables, marks: TaskMark.values(id, supervisor.invocation.session),
      outputs: supervisor.state?.output(of: id, isSplit: true).identities ?? [], strangers: strangers,
      since: supervisor.shellStartTicks ?? 0
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

  private var endings: [SupervisedTask.Ending] { supervisor.tasks.values.compactMap(\.ending) + remains.values }

  /// The next look comes soon at first, later and later then, and when the first grace has passed. What is out of reach is
  /// only looked at now and then.
  private func scheduleRound() {
    let endings = endings
    guard !endings.isEmpty else { return }
    let now = MonotonicInstant.now
    let hurried = endings.filter { !$0.isStuck }
    let pause = min(Patience.firstCheckMilliseconds << Int64(min(rounds, 10)), Patience.longestCheckMilliseconds)
    let next = now.advanced(milliseconds: hurried.isEmpty ? Patience.stuckMilliseconds : pause)
    look(at: hurried.map(\.killInstant).filter { $0 > now }.min().map { min($0, next) } ?? next)
  }

  /// Something has changed in a tree that is to end.
  func hasten() {
    rounds = 0
    look(at: .now.advanced(milliseconds: Patience.firstCheckMilliseconds))
  }

  private func look(at instant: MonotonicInstant) {
    if let nextRound, nextRound <= instant { return }
    nextRound = instant
    roundTimer.set(at: instant)
  }

  /// A process has gone that is no leader of a task: one that was out of reach, perhaps.
  func strangerHasEnded() {
    if nextRound != nil, endings.allSatisfy(\.isStuck) { hasten() }
  }

  /// A task's time may be up, or not yet: time paused may have been added since the timer was set.
  func timeHasCome(for id: TaskID) {
    guard let task = supervisor.tasks[id], task.ending == nil, task.state != .paused, let deadline = task.deadline
    else { return }
    if deadline <= .now { overdue.append(id) } else { supervisor.timeoutTimer.set(id, at: deadline) }
  }

  /// Ends the tasks whose time is up, for which one look at all processes is enough.
  func endOverdue() {
    guard !overdue.isEmpty else { return }
    let ids = overdue
    overdue = []
    end(ids, by: .timeout)
  }

  /// Those who wait for input from a terminal that has gone are told.
  func hangUp(_ waiting: [TaskID]) {
    do throws(Errno) {
      try send(.hangUp, toTreesOf: waiting)
      try send(.continue, toTreesOf: waiting)
    } catch {
      supervisor.note("those who wait for the terminal are told later that it has gone: \(error)")
      for id in waiting { hangUpTimer.set(id, in: Patience.lookAgainMilliseconds) }
    }
  }
}

extension TaskID {
  /// Stands for what belongs to no task, among what was left behind.
  fileprivate static let ofSession = TaskID(rawValue: 0)
}
