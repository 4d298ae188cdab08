import Connections
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
  private unowned let supervisor: Supervisor
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
  private var bashWatch: ProcessWatch?
  /// Tell of the ends of tasks that are no children of this process.
  private var orphanWatches: [TaskID: ProcessWatch] = [:]
  private lazy var readTimer = supervisor.timers.timer { [unowned self] in read() }
  private lazy var bashTimer = supervisor.timers.timer { [unowned self] in watchBash() }
  private lazy var lookTimer = supervisor.timers.taskTimer { [unowned self] id in look(for: id) }
  private lazy var orphanTimer = supervisor.timers.taskTimer { [unowned self] id in watchOrphan(id) }

  init(supervisor: Supervisor) {
    self.supervisor = supervisor
    isUnderWay = supervisor.invocation.takesOver
  }

  func begin() {
    watchBash()
    // Before the database is read, which may take its time: bgsh may be killed meanwhile.
    askBgsh()
    read()
  }

  /// Whether it becomes known here how a child of this process ends.
  func learnsEnd(ofChildOf parent: Int32) -> Bool {
    if parent == supervisor.ownProcessID { return true }
    // Without bgsh nobody learns it, and there is nothing to wait for.
    return supervisor.invocation.takesOver && (supervisor.bgsh == nil || parent == supervisor.invocation.shellProcessID)
  }

  /// Reads what the other supervisor has left, and begins to answer; again and again until that can be read.
  private func read() {
    guard isUnderWay else { return }
    let found: [TaskStore.Supervised]
    do throws(StoreError) {
      found = try supervisor.launches?.takeOver() ?? []
    } catch {
      supervisor.ledger?.tellOfTrouble(error)
      // The tasks of a newer bgsh's database are that one's to put right.
      if case .newerVersion = error, supervisor.bgsh == nil { isUnderWay = false }
      return readTimer.set(in: Patience.retryMilliseconds)
    }
    for task in found { resume(task) }
    isUnderWay = false
    supervisor.launches?.offerIDs()
    supervisor.open()
    // What bgsh has told may be older than the look at those that have gone: their ends may be on the way.
    if !unseen.isEmpty { askBgsh() }
    for report in earlyReports { supervisor.handle(report) }
    earlyReports = []
    if supervisor.bgsh == nil {
      loseBgsh()
      supervisor.endWithShell()
    }
  }

  /// Keeps a report for later where it cannot be acted on yet.
  func postpones(_ report: ShellReport) -> Bool {
    if isUnderWay { earlyReports.append(report) }
    return isUnderWay
  }

  private func askBgsh() {
    questions += 1
    supervisor.tell(.takenOver)
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
      var task = SupervisedTask(row: row, startedInstant: found.supervision.startedInstant ?? .now)
    else { return }
    task.pausedMilliseconds = found.supervision.pausedMilliseconds
    task.pausedSince = found.supervision.pausedSince
    task.leaderEnd = found.supervision.leaderEnd.flatMap { SupervisedTask.LeaderEnd($0) }
    supervisor.supervise(task)
    look(for: row.id)
    if let endedBy = found.supervision.endedBy {
      supervisor.endings.end([row.id], by: endedBy, isUnderWay: true)
    } else {
      // Its leader has ended, and nothing of the end that was under way has reached it.
      supervisor.apply(.treeGone, to: row.id)
    }
  }

  /// Looks at the process of a task, which may have stopped, gone on or ended while nobody looked.
  private func look(for id: TaskID) {
    guard let task = supervisor.tasks[id], task.leaderEnd == nil else { return }
    switch ProcessSighting.of(task.leader.processID) {
    case .found(let process) where process.startTicks == task.leader.startTicks:
      if process.isStopped != (task.state != .running) {
        supervisor.apply(process.isStopped ? .stopped : .continued, to: id)
      }
    case .found, .gone:
      unseen.insert(id)
      let isToldAll = hasReportedAll || supervisor.bgsh == nil || !supervisor.invocation.takesOver
      if isToldAll, !isUnderWay { loseUnseen() }
    case .unknown(let error):
      supervisor.note("what has become of \(id) is not known yet: \(error)")
      lookTimer.set(id, in: Patience.retryMilliseconds)
    }
  }

  /// Puts right what is on record of a task that lives there and not here.
  func correct(_ ids: [TaskID]) {
    let session = supervisor.invocation.session
    supervisor.ledger?.attempt("putting records right") { (store) throws(StoreError) in
      for found in try store.supervisedTasks(of: session) where ids.contains(found.task.id) {
        supervisor.note("\(found.task.id) is on record as \(found.task.state.text), and was not known")
        resume(found)
        watchOrphan(found.task.id)
      }
    }
    supervisor.ledger?.flush()
  }

  private func watchBash() {
    guard let bashProcessID = supervisor.bashProcessID else { return }
    do throws(Errno) {
      bashWatch = try ProcessWatch(of: bashProcessID, in: supervisor.loop) { [unowned supervisor] in
        supervisor.bashProcessID = nil
      }
    } catch .noSuchProcess {
      supervisor.bashProcessID = nil
    } catch {
      supervisor.note("bash is not watched yet: \(error)")
      bashTimer.set(in: Patience.retryMilliseconds)
    }
  }

  /// Of the processes that were gone before bgsh was asked, it has told what it knew.
  private func loseUnseen() {
    for id in unseen { supervisor.leaderHasEnded(.unseen, id) }
    unseen = []
  }

  /// bgsh has ended: nobody is told of the tasks' ends any more, but they are seen to go.
  func loseBgsh() {
    loseUnseen()
    for task in supervisor.tasks.values where task.leaderEnd == nil { watchOrphan(task.id) }
  }

  /// A task that begins when bgsh has ended already.
  func watchIfOrphan(_ id: TaskID) {
    if supervisor.invocation.takesOver, supervisor.bgsh == nil { watchOrphan(id) }
  }

  /// Waits for the end of a process that is not a child of this one.
  private func watchOrphan(_ id: TaskID) {
    guard let task = supervisor.tasks[id], task.leaderEnd == nil else { return }
    do throws(Errno) {
      switch task.leader.sighting {
      case .found(let process) where process.parentID == supervisor.ownProcessID: return
      case .found: try awaitEnd(of: task)
      case .gone: supervisor.leaderHasEnded(.unseen, id)
      case .unknown(let error): throw error
      }
    } catch {
      supervisor.note("the end of \(id) is not watched for yet: \(error)")
      orphanTimer.set(id, in: Patience.retryMilliseconds)
    }
  }

  private func awaitEnd(of task: SupervisedTask) throws(Errno) {
    do throws(Errno) {
      orphanWatches[task.id] = try ProcessWatch(of: task.leader.processID, in: supervisor.loop) { [unowned self] in
        orphanWatches[task.id] = nil
        // Another look: what is there still is not lost.
        watchOrphan(task.id)
      }
    } catch .noSuchProcess {
      return supervisor.leaderHasEnded(.unseen, task.id)
    }
    // The ID may have passed to another process before it was held.
    if case .gone = task.leader.sighting {
      orphanWatches[task.id] = nil
      supervisor.leaderHasEnded(.unseen, task.id)
    }
  }
}
