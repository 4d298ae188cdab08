import Glibc
import ProcessControl
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
    return invocation.takesOver && (shellConnection == nil || parent == invocation.shellProcessID)
  }

  /// Reads what the other supervisor has left, and begins to answer.
  func takeOver() {
    var found: [TaskStore.Supervised] = []
    do throws(StoreError) {
      found = try launchDesk?.takeOver() ?? []
    } catch .busy, .noMemory {
      return timers.add(.takeOver, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    } catch {
      // What cannot be read cannot be written either; the session goes on without.
    }
    for task in found { resume(task) }
    watchBash()
    open()
    tell(.takenOver)
  }

  private func resume(_ found: TaskStore.Supervised) {
    let row = found.task
    guard case .live(let state) = row.state, let processID = row.processID, let startTicks = row.processStartTicks,
      row.bootID == Boot.identifier
    else { return }
    let startedAt = row.startedAt ?? .now
    var task = SupervisedTask(
      id: row.id, leader: .init(processID: processID, startTicks: startTicks), startedAt: startedAt,
      startedInstant: found.supervision.startedInstant ?? .now, timeoutMilliseconds: row.timeoutMilliseconds,
      killAfterMilliseconds: row.killAfterMilliseconds, isQuiet: row.isQuiet, outputLimitBytes: row.outputLimitBytes,
      output: row.output)
    task.state = state
    task.pausedMilliseconds = found.supervision.pausedMilliseconds
    task.pausedSince = found.supervision.pausedSince
    task.leaderEnd = found.supervision.leaderEnd.flatMap { SupervisedTask.LeaderEnd($0) }
    supervise(task)
    if task.leaderEnd != nil { taskIDs[processID] = nil }
    let process = ProcessState(processID: processID).flatMap { $0.startTicks == startTicks ? $0 : nil }
    // It may have stopped or gone on while nobody looked.
    if let process, process.isStopped != (state != .running) {
      enter(process.isStopped ? .paused : .running, row.id)
    }
    if process == nil, task.leaderEnd == nil { unseen.insert(row.id) }
    if let endedBy = found.supervision.endedBy { end([row.id], by: endedBy) }
  }

  private func watchBash() {
    guard let bashProcessID, let bash = try? ProcessHandle(processID: bashProcessID) else { return bashHasGone() }
    try? loop.watch(bash.descriptor) { [unowned self] _ in
      loop.ignore(bash.descriptor)
      bash.close()
      bashHasGone()
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
    if invocation.takesOver, shellConnection == nil { watchOrphan(id) }
  }

  /// Waits for the end of a process that is not a child of this one.
  func watchOrphan(_ id: TaskID) {
    guard let task = tasks[id], task.leaderEnd == nil,
      ProcessState(processID: task.leader.processID)?.parentID != ownProcessID
    else { return }
    do throws(Errno) {
      let process = try ProcessHandle(processID: task.leader.processID)
      guard task.leader.isAlive else {
        process.close()
        return leaderHasEnded(.unseen, id)
      }
      try loop.watch(process.descriptor) { [unowned self] _ in
        loop.ignore(process.descriptor)
        process.close()
        leaderHasEnded(.unseen, id)
      }
    } catch .noSuchProcess {
      leaderHasEnded(.unseen, id)
    } catch {
      timers.add(.watchOrphan(id), at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }
}
