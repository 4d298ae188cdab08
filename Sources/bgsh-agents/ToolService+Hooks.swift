import Agents
import Notices
import ProcessControl
import Records
import Tasks

/// What hooks are told.
extension ToolService {
  /// Whether something may become due to a session without another call.
  func expectsNotices(_ session: AgentSession) -> Bool {
    if !liveTasks(of: session).isEmpty || due(to: session).contains(where: { isLeftToHost($0) }) { return true }
    guard let (store, host) = scripts(of: session) else { return false }
    return (try? store.runningCount(startedBelow: host)) ?? 0 > 0
  }

  /// What is due of commands that the host runs by itself, as with `CLAUDE_CODE_SHELL`, and that are no calls: to the session
  /// that is meant where none is named.
  func dueBelowHost(to session: AgentSession) -> [Notice] {
    guard let (store, host) = scripts(of: session) else { return [] }
    return ((try? store.dueNotices(startedBelow: host)) ?? [])
      .filter { !session.underway.contains($0.notification.id) }
  }

  private func scripts(of session: AgentSession) -> (TaskStore, HostProcess)? {
    // To ask makes no place for tasks.
    guard session.name == SessionName.standard, let host, hasRecords, let store = try? records.current() else {
      return nil
    }
    return (store, host)
  }

  /// The tasks of a session that have not ended, as far as they are on record.
  func liveTasks(of session: AgentSession) -> [BackgroundTask] {
    guard !session.sessionIDs.isEmpty, let store = try? records.current() else { return [] }
    return session.sessionIDs.flatMap { (try? store.liveTasks(session: $0)) ?? [] }
  }

  // MARK: Habits

  /// Adds a line of advice to the result of a command.
  func advised(_ reply: Reply, on call: ToolRequest.BashCall, in session: AgentSession) -> Reply {
    if call.runsInBackground {
      guard let id = reply.launched else { return reply }
      return reply.adding(
        habits.launched(
          call.command, as: id, beside: liveTasks(of: session).filter { $0.id != id }.map(\.command)))
    }
    return reply.adding(habits.ran(call.command, besides: liveTasks(of: session).count))
  }
}

extension Reply {
  /// With a line at its end, where it is in nobody's way.
  func adding(_ advice: String?) -> Reply {
    guard let advice else { return self }
    var reply = self
    reply.text += "\n\(advice)"
    return reply
  }
}
