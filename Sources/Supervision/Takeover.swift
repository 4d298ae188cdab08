import ProcessControl
import Records
import SupervisorProtocol
import SystemPackage
import Tasks

/// How a supervisor takes the place of one that died.
///
/// The kernel has given bash and the tasks to bgsh, which is their parent from now on, and of those launched later, too:
/// it reports how they end. When bgsh ends as well, nobody can know that any more.
final class Takeover {
  private let session: SupervisedSession
  private let roster: TaskRoster
  private let ledger: Ledger?
  private let processes: any Processes
  /// Whether what another supervisor has left is still to be read.
  private(set) var isUnderWay: Bool
  /// What bgsh has reported before that.
  private var earlyReports: [ShellReport] = []
  /// How often bgsh was asked for what it knows, and has told everything that was there then.
  private var questions = 0
  private var answers = 0
  /// Tasks whose processes were gone already.
  private var unseen: Set<TaskID> = []
  /// Tells of the end of bash, which is no child of this process.
  private var bashWatch: AnyObject?
  /// Tell of the ends of tasks that are no children of this process.
  private var orphanWatches: [TaskID: AnyObject] = [:]
  private lazy var readTimer = session.timers.timer { [unowned self] in read() }
  private lazy var bashTimer = session.timers.timer { [unowned self] in watchBash() }
  private lazy var lookTimer = session.timers.taskTimer { [unowned self] id in look(for: id) }
  private lazy var orphanTimer = session.timers.taskTimer { [unowned self] id in watchOrphan(id) }

  /// Reads what the other supervisor has left: the tasks that go on.
  var reads: () throws(StoreError) -> [TaskStore.Supervised] = { [] }
  /// Called when that has been read: from here on everybody is answered.
  var hasRead: () -> Void = {}
  /// Called then if bgsh has ended meanwhile.
  var hasLostBgsh: () -> Void = {}
  /// Takes what bgsh has reported before that.
  var hears: (ShellReport) -> Void = { _ in }
  /// Goes on with an end that the other supervisor had begun.
  var resumesEnd: (TaskID, EndedBy) -> Void = { _, _ in }

  init(session: SupervisedSession, roster: TaskRoster, ledger: Ledger?, processes: any Processes) {
    self.session = session
    self.roster = roster
    self.ledger = ledger
    self.processes = processes
    isUnderWay = session.invocation.takesOver
  }

  func begin() {
    watchBash()
    // Before the database is read, which may take its time: bgsh may be killed meanwhile.
    askBgsh()
    read()
  }

  /// Whether it becomes known here how a child of this process ends.
  func learnsEnd(ofChildOf parent: Int32) -> Bool {
    if parent == session.ownProcessID { return true }
    // Without bgsh nobody learns it, and there is nothing to wait for.
    return session.invocation.takesOver && (!session.hasBgsh || parent == session.invocation.shellProcessID)
  }

  /// Reads what the other supervisor has left, and begins to answer; again and again until that can be read.
  private func read() {
    guard isUnderWay else { return }
    let found: [TaskStore.Supervised]
    do throws(StoreError) {
      found = try reads()
    } catch {
      ledger?.tellOfTrouble(error)
      // The tasks of a newer bgsh's database are that one's to put right.
      if case .newerVersion = error, !session.hasBgsh { isUnderWay = false }
      return readTimer.set(in: Patience.retryMilliseconds)
    }
    for task in found { resume(task) }
    isUnderWay = false
    hasRead()
    // What bgsh has told may be older than the look at those that have gone: their ends may be on the way.
    if !unseen.isEmpty { askBgsh() }
    for report in earlyReports { hears(report) }
    earlyReports = []
    if !session.hasBgsh {
      loseBgsh()
      hasLostBgsh()
    }
  }

  /// Keeps a report for later where it cannot be acted on yet.
  func postpones(_ report: ShellReport) -> Bool {
    if isUnderWay { earlyReports.append(report) }
    return isUnderWay
  }

  private func askBgsh() {
    questions += 1
    session.tell(.takenOver)
  }

  /// bgsh has reported everything that was there when it was asked.
  func everythingIsReported() {
    answers += 1
    if hasReportedAll { loseUnseen() }
  }

  private var hasReportedAll: Bool { answers == questions }

  /// Takes a task under supervision again that is on record as a live one.
  private func resume(_ found: TaskStore.Supervised) {
    let row = found.task
    guard row.bootID.map(Boot.isCurrent) == true,
      var task = SupervisedTask(
        row: row, startedInstant: found.supervision.startedInstant ?? session.now,
        sinceTicks: found.supervision.sinceTicks)
    else { return }
    task.pausedMilliseconds = found.supervision.pausedMilliseconds
    task.pausedSince = found.supervision.pausedSince
    task.leaderEnd = found.supervision.leaderEnd.flatMap { SupervisedTask.LeaderEnd($0) }
    if session.bashProcessID == task.leader.processID { session.bashProcessID = nil }
    roster.add(task)
    look(for: row.id)
    if let endedBy = found.supervision.endedBy {
      resumesEnd(row.id, endedBy)
    } else {
      // Its leader has ended, and nothing of the end that was under way has reached it.
      roster.apply(.treeGone, to: row.id)
    }
  }

  /// Looks at the process of a task, which may have stopped, gone on or ended while nobody looked.
  private func look(for id: TaskID) {
    guard let task = roster[id], task.leaderEnd == nil else { return }
    switch processes.sighting(of: task.leader.processID) {
    case .found(let process) where process.startTicks == task.leader.startTicks:
      if process.isStopped != (task.state != .running) {
        roster.apply(process.isStopped ? .stopped : .continued, to: id)
      }
    case .found, .gone:
      unseen.insert(id)
      let isToldAll = hasReportedAll || !session.hasBgsh || !session.invocation.takesOver
      if isToldAll, !isUnderWay { loseUnseen() }
    case .unknown(let error):
      session.note("what has become of \(id) is not known yet: \(error)")
      lookTimer.set(id, in: Patience.retryMilliseconds)
    }
  }

  /// Puts right what is on record of a task that lives there and not here.
  func correct(_ ids: [TaskID]) {
    ledger?.attempt("putting records right") { (store) throws(StoreError) in
      for found in try store.supervisedTasks(of: session.id) where ids.contains(found.task.id) {
        session.note("\(found.task.id) is on record as \(found.task.state.text), and was not known")
        resume(found)
        watchOrphan(found.task.id)
      }
    }
    ledger?.flush()
  }

  private func watchBash() {
    guard let bashProcessID = session.bashProcessID else { return }
    do throws(Errno) {
      bashWatch = try processes.awaitEnd(of: bashProcessID) { [unowned session] in session.bashProcessID = nil }
    } catch .noSuchProcess {
      session.bashProcessID = nil
    } catch {
      session.note("bash is not watched yet: \(error)")
      bashTimer.set(in: Patience.retryMilliseconds)
    }
  }

  /// Of the processes that were gone before bgsh was asked, it has told what it knew.
  private func loseUnseen() {
    for id in unseen { roster.leaderHasGone(id) }
    unseen = []
  }

  /// bgsh has ended: nobody is told of the tasks' ends any more, but they are seen to go.
  func loseBgsh() {
    loseUnseen()
    for task in roster.all where task.leaderEnd == nil { watchOrphan(task.id) }
  }

  /// A task that begins when bgsh has ended already.
  func watchIfOrphan(_ id: TaskID) {
    if session.invocation.takesOver, !session.hasBgsh { watchOrphan(id) }
  }

  /// Waits for the end of a process that is not a child of this one.
  private func watchOrphan(_ id: TaskID) {
    guard let task = roster[id], task.leaderEnd == nil else { return }
    do throws(Errno) {
      switch processes.sighting(of: task.leader) {
      case .found(let process) where process.parentID == session.ownProcessID: return
      case .found: try awaitEnd(of: task)
      case .gone: roster.leaderHasGone(id)
      case .unknown(let error): throw error
      }
    } catch {
      session.note("the end of \(id) is not watched for yet: \(error)")
      orphanTimer.set(id, in: Patience.retryMilliseconds)
    }
  }

  private func awaitEnd(of task: SupervisedTask) throws(Errno) {
    do throws(Errno) {
      orphanWatches[task.id] = try processes.awaitEnd(of: task.leader.processID) { [unowned self] in
        orphanWatches[task.id] = nil
        // Another look: what is there still is not lost.
        watchOrphan(task.id)
      }
    } catch .noSuchProcess {
      return roster.leaderHasGone(task.id)
    }
    // The ID may have passed to another process before it was held.
    if case .gone = processes.sighting(of: task.leader) {
      orphanWatches[task.id] = nil
      roster.leaderHasGone(task.id)
    }
  }
}
