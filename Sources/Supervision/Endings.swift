import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// How tasks are ended and signalled: whole trees, and what tasks that have ended have left behind.
final class Endings {
  private let session: SupervisedSession
  private let roster: TaskRoster
  private let ledger: Ledger?
  private let trees: any TaskTrees
  /// What ended tasks left behind and somebody wants to end.
  private var remains: [TaskID: SupervisedTask.Ending] = [:]
  /// How often the trees that are to end have been looked at, and when the next look is due.
  private var rounds = 0
  private var nextRound: MonotonicInstant?
  private lazy var roundTimer = session.timers.timer { [unowned self] in check() }
  /// Tasks whose time is up, to be ended together.
  private var overdue: [TaskID] = []
  /// What is done later, because the processes of a task could not be looked at.
  private lazy var hangUpTimer = session.timers.taskTimer { [unowned self] id in hangUp([id]) }
  private lazy var sessionTimer = session.timers.timer { [unowned self] in endSession() }
  private lazy var endTimers = Dictionary(
    uniqueKeysWithValues: EndedBy.allCases.map { by in
      (by, session.timers.taskTimer { [unowned self] id in end([id], by: by) })
    })

  init(session: SupervisedSession, roster: TaskRoster, ledger: Ledger?, trees: any TaskTrees) {
    self.session = session
    self.roster = roster
    self.ledger = ledger
    self.trees = trees
    roster.hasChangedTree = { [unowned self] in hasten() }
    roster.isOverdue = { [unowned self] id in overdue.append(id) }
  }

  /// Whether what an ended task has left behind is still to end.
  var hasRemains: Bool { !remains.isEmpty }

  /// Asks whole trees to end; what has not gone after the grace is killed. Does nothing where that is under way.
  ///
  /// A tree of which nothing can be signalled is left alone where a user has asked for its end, and tried again where a
  /// limit has. Where the processes cannot be looked at now, it is done as soon as they can.
  ///
  /// - Parameter isUnderWay: Whether another supervisor has begun with it.
  /// - Returns: What was out of reach.
  @discardableResult
  func end(_ ids: [TaskID], by: EndedBy, isUnderWay: Bool = false) -> [TaskID: [ProcessTree.Refusal]] {
    let found: [TaskID: [ProcessTree.Member]]
    do throws(Errno) {
      // The trees are looked at before the first signal: afterwards parents are gone, and their children cannot be
      // found by them.
      found = try members(of: ids)
    } catch {
      session.note("what is to end is not known yet: \(error)")
      for id in ids { endTimers[by]?.set(id, in: Patience.lookAgainMilliseconds) }
      return [:]
    }
    var refusals: [TaskID: [ProcessTree.Refusal]] = [:]
    var asked: [[ProcessTree.Member]] = []
    for (id, members) in found {
      guard let task = roster[id] else { continue }
      var ending = SupervisedTask.Ending(
        by: by, graceMilliseconds: task.row.killAfterMilliseconds, at: session.now, hasReached: isUnderWay)
      refusals[id] = ending.begin(members, in: trees)
      guard task.ending == nil else { continue }
      if ending.isStuck {
        if by == .kill { continue }
        if by == .timeout { ledger?.recordUnended(id) }
      }
      asked.append(members)
      roster.beginEnd(of: id, ending)
    }
    // Another supervisor is to know who ended them.
    ledger?.flush()
    if by == .timeout, ledger?.lacksMemory == true {
      // A supervisor that has memory will do it.
      for id in ids { roster.postponeEnd(of: id) }
      return [:]
    }
    for members in asked { terminate(members) }
    hasten()
    return refusals
  }

  /// The processes of those tasks that have not ended.
  private func members(of ids: [TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Member]] {
    let look = try trees.look()
    var found: [TaskID: [ProcessTree.Member]] = [:]
    for case let task? in ids.map({ roster[$0] }) { found[task.id] = try look.tree(of: task) }
    return found
  }

  private func terminate(_ members: [ProcessTree.Member]) {
    trees.send(.terminate, to: members)
    // A stopped process acts on a signal only when it goes on.
    trees.send(.continue, to: members)
  }

  /// Asks what tasks that have ended left behind to end, as ``end(_:by:isUnderWay:)`` does.
  ///
  /// - Returns: The tasks of which something was there, with what was out of reach.
  /// - Throws: Why that cannot be known now.
  func endRemains(of ids: [TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]] {
    guard !ids.isEmpty else { return [:] }
    let look = try trees.look()
    var found: [TaskID: [ProcessTree.Refusal]] = [:]
    for id in ids {
      var members = try leftBehind(by: id, in: look)
      if members.isEmpty { members = try trees.hunt(id, sending: .stop) }
      guard !members.isEmpty else { continue }
      found[id] = endRemains(id, members, by: .kill)
    }
    hasten()
    return found
  }

  /// The session's shell has ended: everything ends with it, or the tasks that were launched to end with it.
  func endWithShell() {
    if session.invocation.endsWithShell { return endSession() }
    let ids = roster.all.filter { $0.row.endsWithShell && $0.ending == nil }.map(\.id)
    if !ids.isEmpty { end(ids, by: .session) }
  }

  /// Asks the session's tasks to end, and whatever else there is below the supervisor: bash, what calls left behind, and
  /// what tasks that have ended did.
  private func endSession() {
    end(roster.all.filter { $0.ending == nil }.map(\.id), by: .session)
    do throws(Errno) {
      let members = try leftBehind(by: .ofSession, in: try trees.look())
      guard !members.isEmpty else { return }
      remains[.ofSession] = nil
      endRemains(.ofSession, members, by: .session)
      hasten()
    } catch {
      session.note("what is to end with bgsh is not known yet: \(error)")
      sessionTimer.set(in: Patience.lookAgainMilliseconds)
    }
  }

  /// - Returns: What was out of reach.
  @discardableResult
  private func endRemains(_ id: TaskID, _ members: [ProcessTree.Member], by: EndedBy) -> [ProcessTree.Refusal] {
    var ending = SupervisedTask.Ending(by: by, graceMilliseconds: Limits.killAfterMilliseconds, at: session.now)
    let refusals = ending.begin(members, in: trees)
    guard remains[id] == nil, !ending.isStuck || by == .session else { return refusals }
    remains[id] = ending
    terminate(members)
    return refusals
  }

  /// What is left of a task that has ended, or of the session besides its tasks.
  private func leftBehind(by id: TaskID, in look: any ProcessLook) throws(Errno) -> [ProcessTree.Member] {
    if id == .ofSession { return try look.others(besides: Set(roster.all.map(\.leader.processID))) }
    return try look.remains(of: id, known: remains[id]?.members ?? [])
  }

  /// - Returns: What was out of reach.
  /// - Throws: Why it cannot be known now what belongs to the tasks; then nothing was sent.
  @discardableResult
  func send(_ signal: Signal, toTreesOf ids: [TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]] {
    try members(of: ids).mapValues { trees.send(signal, to: $0).refusals }
  }

  /// Finishes the tasks that were asked to end and whose trees have gone, and loses patience in time.
  private func check() {
    if let nextRound, nextRound > session.now { return }
    nextRound = nil
    let ending = roster.all.filter { $0.ending != nil }
    guard !ending.isEmpty || !remains.isEmpty else { return }
    do throws(Errno) {
      let look = try trees.look()
      for task in ending { try check(task, in: look) }
      for (id, ending) in remains { try check(id, ending, in: look) }
    } catch {
      // What cannot be seen has not gone.
      session.note("whether all has ended is not known yet: \(error)")
    }
    rounds += 1
    scheduleRound()
  }

  private func check(_ task: SupervisedTask, in look: any ProcessLook) throws(Errno) {
    guard var ending = task.ending else { return }
    var members = try look.tree(of: task)
    if members.isEmpty && task.leaderEnd != nil && ending.hasGrown { members = try huntDown(task.id, ending) }
    guard !members.isEmpty || task.leaderEnd == nil else { return roster.apply(.treeGone, to: task.id) }
    ending.press(members, in: trees, at: session.now)
    roster.update(task.id, ending)
  }

  private func check(_ id: TaskID, _ ending: SupervisedTask.Ending, in look: any ProcessLook) throws(Errno) {
    var ending = ending
    var members = try leftBehind(by: id, in: look)
    if members.isEmpty { members = try huntDown(id, ending) }
    ending.press(members, in: trees, at: session.now)
    remains[id] = members.isEmpty ? nil : ending
  }

  /// Hunts what belongs to a task where all of it seems to have gone, and ends it.
  private func huntDown(_ id: TaskID, _ ending: SupervisedTask.Ending) throws(Errno) -> [ProcessTree.Member] {
    if ending.isOver(at: session.now) { return try trees.hunt(id, sending: .kill) }
    let found = try trees.hunt(id, sending: .stop)
    terminate(found)
    return found
  }

  private var endings: [SupervisedTask.Ending] { roster.all.compactMap(\.ending) + remains.values }

  /// The next look comes soon at first, then later and later, and also when the first grace has passed. Where all that
  /// is left is out of reach it comes only now and then.
  private func scheduleRound() {
    let endings = endings
    guard !endings.isEmpty else { return }
    let now = session.now
    let hurried = endings.filter { !$0.isStuck }
    let pause = min(Patience.firstCheckMilliseconds << Int64(min(rounds, 10)), Patience.longestCheckMilliseconds)
    let next = now.advanced(milliseconds: hurried.isEmpty ? Patience.stuckMilliseconds : pause)
    look(at: hurried.map(\.killInstant).filter { $0 > now }.min().map { min($0, next) } ?? next)
  }

  /// Something has changed in a tree that is to end.
  func hasten() {
    rounds = 0
    look(at: session.now.advanced(milliseconds: Patience.firstCheckMilliseconds))
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
      session.note("those who wait for the terminal are told later that it has gone: \(error)")
      for id in waiting { hangUpTimer.set(id, in: Patience.lookAgainMilliseconds) }
    }
  }
}

extension TaskID {
  /// Stands for what belongs to no task, among what was left behind.
  fileprivate static let ofSession = TaskID(rawValue: 0)
}
