import Agents
import Notices
import ProcessControl
import Records
import Tasks

/// What hooks are told.
extension ToolService {
  /// Whether something may become due to a session without another call.
  func expectsNotices(_ session: AgentSession) -> Bool {
    !liveTasks(of: session).isEmpty || due(to: session).contains { isLeftToHost($0) }
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
