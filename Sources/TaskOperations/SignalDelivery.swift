import Glibc
package import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
package import Tasks

/// A signal, or the order to end, on its way to tasks.
package struct SignalDelivery {
  /// Nil ends the tasks; signal 0 only asks whether they live.
  package let signal: Signal?
  private let client: TaskClient

  package init(_ signal: Signal?, by client: TaskClient) {
    self.signal = signal
    self.client = client
  }

  /// What became of it, task by task.
  package struct Report {
    private let ids: [TaskID]
    /// Why it did not reach those that it did not reach.
    private let failureByID: [TaskID: OperationFailure]

    init(_ ids: [TaskID], failures: [TaskID: OperationFailure]) {
      self.ids = ids
      failureByID = failures
    }

    package var failures: [OperationFailure] { ids.compactMap { failureByID[$0] } }

    /// As `kill --json` prints it.
    package var json: JSONValue {
      .array(
        ids.map { id in
          .object([
            ("id", .number(id.rawValue)), ("done", .bool(failureByID[id] == nil)),
            ("error", JSONValue(failureByID[id]?.description)),
          ])
        })
    }
  }

  /// Sends it to every task that lives, and to what those have left behind that have ended.
  package func deliver(to tasks: [BackgroundTask]) -> Report {
    Report(tasks.map(\.id), failures: send(to: tasks))
  }

  private func send(to tasks: [BackgroundTask]) -> [TaskID: OperationFailure] {
    var failures: [TaskID: OperationFailure] = [:]
    let ended = tasks.filter(\.state.isFinal)
    for task in ended { failures[task.id] = .alreadyEnded(task) }
    guard signal?.rawValue != 0 else { return failures }
    for task in ended {
      failures[task.id] =
        signal == nil
        ? send(to: [task], of: client.directory.session(task.session))[task.id] : sendDirectly(to: task)
    }
    let live = Dictionary(grouping: tasks.filter { !$0.state.isFinal }, by: \.session)
    for (session, tasks) in live {
      failures.merge(send(to: tasks, of: client.directory.session(session))) { first, _ in first }
    }
    return failures
  }

  private func send(
    to tasks: [BackgroundTask], of session: SessionDirectory, triesLeft: Int = Self.mostTries
  ) -> [TaskID: OperationFailure] {
    var unanswered = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, $0) })
    var failures: [TaskID: OperationFailure] = [:]
    let ids = tasks.map(\.id)
    do throws(SupervisorError) {
      var supervisor = try SupervisorClient(session, asking: signal.map { .signal($0, ids) } ?? .kill(ids))
      while let reply = try nextReply(of: &supervisor) {
        switch reply {
        case .done(let id):
          unanswered[id] = nil
        case .refused(let id, let reason):
          guard let task = unanswered.removeValue(forKey: id) else { continue }
          failures[id] = refusal(of: task, reason: reason)
        case .state, .process: continue
        }
      }
      if !unanswered.isEmpty { throw .gone }
    } catch .noSession, .gone {
      // One that lives and could not be reached is asked again: it knows better how a tree is ended.
      if triesLeft > 0, session.isAlive {
        poll(nil, 0, Self.pauseMilliseconds)
        let rest = send(to: Array(unanswered.values), of: session, triesLeft: triesLeft - 1)
        return failures.merging(rest) { $1 }
      }
      failures.merge(Self.sent(to: Array(unanswered.values), by: sendDirectly)) { $1 }
    } catch  where signal == nil && error.isOfHanging || error.isOfOtherVersion {
      // It does not do it, or not now. To end a task twice harms nobody; a signal that comes twice may.
      let direct = Self.sent(to: Array(unanswered.values), by: sendDirectly)
      if direct.count < unanswered.count { client.remark(.signalledDirectly(error, isEnd: signal == nil)) }
      failures.merge(direct) { $1 }
    } catch {
      for id in unanswered.keys { failures[id] = .supervisorFailed(id, error) }
    }
    return failures
  }

  private func nextReply(of supervisor: inout SupervisorClient) throws(SupervisorError) -> SupervisorReply? {
    try client.nextReply(
      of: &supervisor, within: client.patience.answerMilliseconds, remarkAfter: client.patience.answerRemarkMilliseconds
    )
  }

  private static func sent(
    to tasks: [BackgroundTask], by send: (BackgroundTask) -> OperationFailure?
  ) -> [TaskID: OperationFailure] {
    var failures: [TaskID: OperationFailure] = [:]
    for task in tasks { failures[task.id] = send(task) }
    return failures
  }

  /// A task may have ended on the way.
  private func refusal(of task: BackgroundTask, reason: String) -> OperationFailure {
    if reason == SupervisorReply.notRunning, let now = try? client.task(task.id), now.state.isFinal {
      return .alreadyEnded(now)
    }
    return .supervisorRefused(task.id, reason: reason)
  }

  /// Signals a task that no supervisor looks after, or one that does not do it, or what one that has ended left behind.
  private func sendDirectly(to task: BackgroundTask) -> OperationFailure? {
    do throws(OperationFailure) {
      let processes = try TaskProcesses(of: [task.session], by: client)
      var members = try processes.members(of: task)
      var refusals = deliver(to: members)
      if signal == nil {
        // Nobody will look again: what evades one look by starting the next process must not evade all.
        let evaders = try processes.stopEvaders(of: task, besides: members)
        refusals += deliver(to: evaders)
        members += evaders
      }
      guard !members.isEmpty else {
        return task.state.isFinal ? .alreadyEnded(task) : .supervisorFailed(task.id, .gone)
      }
      return refusals.isEmpty ? nil : .outOfReach(task.id, refusals)
    } catch {
      return error
    }
  }

  /// Sends the signal, or the order to end, to processes.
  private func deliver(to members: [ProcessTree.Member]) -> [ProcessTree.Refusal] {
    let refusals = ProcessTree.send(signal ?? .terminate, to: members).refusals
    // A stopped process acts on a signal only when it goes on.
    if signal == nil { ProcessTree.send(.continue, to: members) }
    return refusals
  }

  /// How often a supervisor that lives is asked again, and how soon.
  private static let mostTries = 10
  private static let pauseMilliseconds: Int32 = 100
}
