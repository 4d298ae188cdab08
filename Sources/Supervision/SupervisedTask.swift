import ProcessControl
import Records
import SupervisorProtocol
import Tasks

/// A task that has not ended, as its supervisor sees it.
struct SupervisedTask {
  /// Its record as it was at the start: another database may have to be given it.
  let row: BackgroundTask
  let leader: ProcessTree.Member
  let startedInstant: MonotonicInstant
  /// Before which start, in clock ticks after boot, a process is none of its own: its shell has run other things before.
  let sinceTicks: UInt64?

  var state: TaskState.Live
  /// When it stopped running, while it is paused: that time does not count against the timeout.
  var pausedSince: MonotonicInstant?
  /// Time paused so far, in milliseconds.
  var pausedMilliseconds: Int64 = 0
  /// How the leader ended, once it has.
  var leaderEnd: LeaderEnd?
  var ending: Ending?

  /// Takes a task from its record, which has to be that of a live one with a process.
  init?(row: BackgroundTask, startedInstant: MonotonicInstant, sinceTicks: UInt64? = nil) {
    guard case .live(let state) = row.state, let processID = row.processID, let startTicks = row.processStartTicks
    else { return nil }
    self.row = row
    self.state = state
    self.startedInstant = startedInstant
    self.sinceTicks = sinceTicks
    leader = .init(processID: processID, startTicks: startTicks)
  }

  var id: TaskID { row.id }

  /// Its record as it is now.
  var record: BackgroundTask {
    var record = row
    record.state = .live(state)
    return record
  }

  /// Where it stands in ``TaskLifecycle``.
  var lifecycle: TaskLifecycle.State {
    if leaderEnd != nil { return .leaderless }
    return ending == nil ? .live(state) : .ending(state)
  }

  /// Moves to another state. Time paused is counted.
  mutating func enter(_ new: TaskState.Live, at now: MonotonicInstant) {
    if state == .paused, let since = pausedSince {
      pausedMilliseconds += since.milliseconds(until: now)
      pausedSince = nil
    }
    if new == .paused, state != .paused { pausedSince = now }
    state = new
  }

  struct LeaderEnd {
    /// Nil if nobody can know.
    let end: ProcessEnd?
    let usage: ResourceUsage?
    let at: Timestamp
    let instant: MonotonicInstant
    /// What was reported of it.
    let report: ShellReport.Child?

    init?(_ report: ShellReport.Child) {
      guard let end = ProcessEnd(report.status) else { return nil }
      self.end = end
      usage = report.usage
      at = report.at
      instant = report.instant
      self.report = report
    }

    private init(unseenAt instant: MonotonicInstant) {
      end = nil
      usage = nil
      at = .now
      self.instant = instant
      report = nil
    }

    /// An end that nobody has seen.
    static func unseen(at instant: MonotonicInstant) -> LeaderEnd { LeaderEnd(unseenAt: instant) }
  }

  /// An end that bgsh brings about: final when the whole tree has gone.
  struct Ending {
    let by: EndedBy
    /// Everything seen in the tree so far.
    private(set) var members: [ProcessTree.Member] = []
    /// When patience ends and SIGKILL is sent.
    let killInstant: MonotonicInstant
    /// Whether any of it could be signalled: else it is not what ended the task.
    private(set) var hasReached = false
    /// Whether all that is left is out of reach, as what has become another user's: it ends when it likes.
    private(set) var isStuck = false
    /// Whether processes have appeared that were not there before: they may do so faster than a look sees.
    private(set) var hasGrown = false

    /// - Parameter hasReached: Whether another supervisor has signalled it already.
    init(by: EndedBy, graceMilliseconds: Int64, at now: MonotonicInstant, hasReached: Bool = false) {
      self.by = by
      self.hasReached = hasReached
      killInstant = now.advanced(milliseconds: graceMilliseconds)
    }

    /// Takes in who is there, before the first signal.
    ///
    /// - Returns: Who will be out of reach.
    mutating func begin(_ members: [ProcessTree.Member], in trees: any TaskTrees) -> [ProcessTree.Refusal] {
      self.members = members
      let (reached, refusals) = trees.send(Signal(rawValue: 0), to: members)
      hasReached = hasReached || !reached.isEmpty
      isStuck = !hasReached && !refusals.isEmpty
      return refusals
    }

    /// Whether patience has ended.
    func isOver(at now: MonotonicInstant) -> Bool { killInstant <= now }

    /// Asks those that have appeared meanwhile to end too, and after the grace makes all end.
    mutating func press(_ present: [ProcessTree.Member], in trees: any TaskTrees, at now: MonotonicInstant) {
      let newcomers = Set(present).subtracting(members)
      let isOver = isOver(at: now)
      hasGrown = hasGrown || !newcomers.isEmpty
      let asked = isOver || !hasReached ? present : Array(newcomers)
      let (reached, refusals) = trees.send(isOver ? .kill : .terminate, to: asked)
      hasReached = hasReached || !reached.isEmpty
      isStuck = !present.isEmpty && refusals.count == present.count
      members = present
    }
  }

  /// What another supervisor would need to know of it.
  var supervision: TaskStore.Supervision {
    TaskStore.Supervision(
      startedInstant: startedInstant, pausedMilliseconds: pausedMilliseconds, pausedSince: pausedSince,
      endedBy: endedBy, leaderEnd: leaderEnd?.report, sinceTicks: sinceTicks)
  }

  /// What has brought about its end; nil while that is nothing of bgsh's, or has reached none of its processes.
  var endedBy: EndedBy? { ending.flatMap { $0.hasReached ? $0.by : nil } }

  /// When the timeout is reached if the task goes on running from now on.
  var deadline: MonotonicInstant? {
    row.timeoutMilliseconds.map { startedInstant.advanced(milliseconds: $0 + pausedMilliseconds) }
  }
}
