import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// A signal, or the order to end, on its way to tasks.
struct Sending {
  /// Nil ends the tasks; signal 0 only asks whether they live.
  let signal: Signal?
  let workplace: Workplace

  /// Sends it to every task that lives.
  ///
  /// - Returns: Why it did not reach those that it did not reach.
  func send(to tasks: [BackgroundTask]) -> [TaskID: CommandFailure] {
    var failures: [TaskID: CommandFailure] = [:]
    let ended = tasks.filter(\.state.isFinal)
    for task in ended { failures[task.id] = .alreadyEnded(task) }
    guard signal?.rawValue != 0 else { return failures }
    if !ended.isEmpty {
      let processes = TaskProcesses(of: Set(ended.map(\.session)), in: workplace)
      for task in ended where send(toRemainsOf: task, processes) { failures[task.id] = nil }
    }
    let live = Dictionary(grouping: tasks.filter { !$0.state.isFinal }, by: \.session)
    for (session, tasks) in live {
      failures.merge(send(to: tasks, of: workplace.directory.session(session))) { first, _ in first }
    }
    return failures
  }

  /// Sends it to what a task that has ended left behind; says whether there was anything.
  private func send(toRemainsOf task: BackgroundTask, _ processes: TaskProcesses) -> Bool {
    let tree = processes.tree(of: task)
    guard !tree.members.isEmpty else { return false }
    if let signal {
      tree.send(signal)
    } else if send(to: [task], of: workplace.directory.session(task.session))[task.id] != nil {
      // There is no supervisor to lose patience after the grace.
      tree.send(.terminate)
      tree.send(.continue)
    }
    return true
  }

  private func send(to tasks: [BackgroundTask], of session: SessionDirectory) -> [TaskID: CommandFailure] {
    var unanswered = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, $0) })
    var failures: [TaskID: CommandFailure] = [:]
    let ids = tasks.map(\.id)
    do throws(SupervisorError) {
      var client = try SupervisorClient(session, asking: signal.map { .signal($0, ids) } ?? .kill(ids))
      while let reply = try client.nextReply(timeoutMilliseconds: Self.patienceMilliseconds) {
        switch reply {
        case .done(let id):
          unanswered[id] = nil
        case .refused(let id, let reason):
          guard let task = unanswered.removeValue(forKey: id) else { continue }
          failures[id] = refusal(of: task, reason: reason)
        case .state, .process: continue
        }
      }
      for id in unanswered.keys { failures[id] = .supervisorFailed(id, .gone) }
    } catch .noSession, .gone {
      for task in unanswered.values { failures[task.id] = sendDirectly(to: task) }
    } catch {
      for id in unanswered.keys { failures[id] = .supervisorFailed(id, error) }
    }
    return failures
  }

  /// A task may have ended on the way.
  private func refusal(of task: BackgroundTask, reason: String) -> CommandFailure {
    if let now = try? workplace.store.task(task.id), now.state.isFinal { return .alreadyEnded(now) }
    return .supervisorRefused(task.id, reason: reason)
  }

  /// Signals the group of a task that no supervisor looks after.
  private func sendDirectly(to task: BackgroundTask) -> CommandFailure? {
    guard let processID = task.processID, task.hasProcess, let process = ProcessState(processID: processID),
      process.groupID > 1, process.groupID != getpgrp()
    else { return .supervisorFailed(task.id, .gone) }
    do throws(Errno) {
      try systemCall { kill(-process.groupID, signal?.rawValue ?? SIGTERM) }
      if signal == nil { _ = resultOrNil { kill(-process.groupID, SIGCONT) } }
      return nil
    } catch {
      return .cannotSignal(task.id, error)
    }
  }

  /// A supervisor answers at once; this is for one that hangs.
  private static let patienceMilliseconds: Int64 = 10_000
}
