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
      do throws(CommandFailure) {
        let processes = try TaskProcesses(of: Set(ended.map(\.session)), in: workplace)
        for task in ended { failures[task.id] = try send(toRemainsOf: task, processes) }
      } catch {
        for task in ended { failures[task.id] = error }
      }
    }
    let live = Dictionary(grouping: tasks.filter { !$0.state.isFinal }, by: \.session)
    for (session, tasks) in live {
      failures.merge(send(to: tasks, of: workplace.directory.session(session))) { first, _ in first }
    }
    return failures
  }

  /// Sends it to what a task that has ended left behind.
  ///
  /// - Returns: Why it did not reach all of it, or that there was nothing.
  private func send(toRemainsOf task: BackgroundTask, _ processes: TaskProcesses) throws(CommandFailure)
    -> CommandFailure?
  {
    let tree = try processes.tree(of: task)
    guard !tree.members.isEmpty else { return .alreadyEnded(task) }
    if signal == nil, send(to: [task], of: workplace.directory.session(task.session))[task.id] == nil { return nil }
    return sendDirectly(to: task, tree)
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

  /// Signals a task that no supervisor looks after.
  private func sendDirectly(to task: BackgroundTask) -> CommandFailure? {
    do throws(CommandFailure) {
      let tree = try TaskProcesses(of: [task.session], in: workplace).tree(of: task)
      return tree.members.isEmpty ? .supervisorFailed(task.id, .gone) : sendDirectly(to: task, tree)
    } catch {
      return error
    }
  }

  private func sendDirectly(to task: BackgroundTask, _ tree: ProcessTree) -> CommandFailure? {
    let refusals: [ProcessTree.Refusal]
    if let signal {
      refusals = tree.send(signal)
    } else {
      refusals = tree.send(.terminate)
      tree.send(.continue)
    }
    return refusals.isEmpty ? nil : .outOfReach(task.id, refusals)
  }

  /// A supervisor answers at once; this is for one that hangs.
  private static let patienceMilliseconds: Int64 = 10_000
}
