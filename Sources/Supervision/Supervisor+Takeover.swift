import Connections
import Glibc
import ProcessControl
import Records
import SupervisorProtocol
import SystemPackage
import Tasks

/// How a supervisor takes the place of one that died.
///
/// The kernel has given bash and the tasks to bgsh, which is their parent from now on, and of those launched later, too:
/// it reports how they end. When bgsh ends as well, nobody can know that any more.
extension Supervisor {
  /// Whether it becomes known here how a child of this process ends.
  func learnsEnd(ofChildOf parent: Int32) -> Bool {
    if parent == ownProcessID { return true }
    // Without bgsh nobody learns it, and there is nothing to wait for.
    return invocation.takesOver && (shell == nil || parent == invocation.shellProcessID)
  }

  /// Reads what the other supervisor has left, and begins to answer; again and again until that can be read.
  func takeOver() {
    guard isTakingOver else { return }
    let found: [TaskStore.Supervised]
    do throws(StoreError) {
      found = try launchDesk?.takeOver() ?? []
    } catch {
      ledger?.tellOfTrouble(error)
      // The tasks of a newer bgsh's database are that one's to put right.
      if case .newerVersion = error, shell == nil { isTakingOver = false }
      return timers.add(.takeOver, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
    for task in found { resume(task) }
    isTakingOver = false
    open()
    for report in earlyReports { handle(report) }
    earlyReports = []
    if hasReportedAll { loseUnseen() }
    if shell == nil { loseShell() }
  }

  /// Takes a task under supervision again that is on record as a live one.
  func resume(_ found: TaskStore.Supervised) {
    let row = found.task
    guard row.bootID.map(Boot.isCurrent) == true,
      var task = SupervisedTask(row: row, startedInstant: found.supervision.startedInstant ?? .now)
    else { return }
    task.pausedMilliseconds = found.supervision.pausedMilliseconds
    task.pausedSince = found.supervision.pausedSince
    task.leaderEnd = found.supervision.leaderEnd.flatMap { SupervisedTask.LeaderEnd($0) }
    supervise(task)
    if task.leaderEnd != nil { taskIDs[task.leader.processID] = nil }
    look(for: row.id)
    if let endedBy = found.supervision.endedBy { end([row.id], by: endedBy, isUnderWay: true) }
  }

  /// Looks at the process of a task, which may have stopped, gone on or ended while nobody looked.
  func look(for id: TaskID) {
    guard let task = tasks[id], task.leaderEnd == nil else { return }
    switch ProcessSighting.of(task.leader.processID) {
    case .found(let process) where process.startTicks == task.leader.startTicks:
      if process.isStopped != (task.state != .running) { enter(process.isStopped ? .paused : .running, id) }
    case .found, .gone:
      unseen.insert(id)
      let isToldAll = hasReportedAll || shell == nil || !invocation.takesOver
      if isToldAll, !isTakingOver { loseUnseen() }
    case .unknown(let error):
      note("what has become of \(id) is not known yet: \(error)")
      timers.add(.look(id), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  /// Puts right what is on record of a task that lives there and not here.
  func correct(_ ids: [TaskID]) {
    let session = invocation.session
    ledger?.attempt("putting records right") { (store) throws(StoreError) in
      for found in try store.supervisedTasks(of: session) where ids.contains(found.task.id) {
        note("\(found.task.id) is on record as \(found.task.state.text), and was not known")
        resume(found)
        watchOrphan(found.task.id)
      }
    }
    ledger?.flush()
  }

  func watchBash() {
    guard let bashProcessID else { return }
    do throws(Errno) {
      bashWatch = try ProcessWatch(of: bashProcessID, in: loop) { [unowned self] in bashHasGone() }
    } catch .noSuchProcess {
      bashHasGone()
    } catch {
      note("bash is not watched yet: \(error)")
      timers.add(.watchBash, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  /// Of the processes that were gone before bgsh was asked, it has told what it knew.
  func loseUnseen() {
    for id in unseen { leaderHasEnded(.unseen, id) }
    unseen = []
  }

  /// bgsh has ended: nobody is told of the tasks' ends any more, but they are seen to go.
  func loseShell() {
    loseUnseen()
    for task in tasks.values where task.leaderEnd == nil { watchOrphan(task.id) }
  }

  /// A task that begins when bgsh has ended already.
  func watchIfOrphan(_ id: TaskID) {
    if invocation.takesOver, shell == nil { watchOrphan(id) }
  }

  /// Waits for the end of a process that is not a child of this one.
  func watchOrphan(_ id: TaskID) {
    guard let task = tasks[id], task.leaderEnd == nil else { return }
    do throws(Errno) {
      switch task.leader.sighting {
      case .found(let process) where process.parentID == ownProcessID: return
      case .found: try awaitEnd(of: task)
      case .gone: leaderHasEnded(.unseen, id)
      case .unknown(let error): throw error
      }
    } catch {
      note("the end of \(id) is not watched for yet: \(error)")
      timers.add(.watchOrphan(id), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  private func awaitEnd(of task: SupervisedTask) throws(Errno) {
    do throws(Errno) {
      orphanWatches[task.id] = try ProcessWatch(of: task.leader.processID, in: loop) { [unowned self] in
        orphanWatches[task.id] = nil
        // Another look: what is there still is not lost.
        watchOrphan(task.id)
      }
    } catch .noSuchProcess {
      return leaderHasEnded(.unseen, task.id)
    }
    // The ID may have passed to another process before it was held.
    if case .gone = task.leader.sighting {
      orphanWatches[task.id] = nil
      leaderHasEnded(.unseen, task.id)
    }
  }
}
