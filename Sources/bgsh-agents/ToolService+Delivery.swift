import Agents
import Notices
import ProcessControl
import Tasks

/// What is told, and whether anybody has read it. A notification is acknowledged after the result that it stands in has
/// been written. If nobody can have read that, it is told once more, and says so.
extension ToolService {
  /// Puts what is due to a session in front of a reply. It counts as told from now on, until it is committed or taken
  /// back: another result that is written meanwhile does not tell it as well.
  func delivery(of reply: Reply, to session: AgentSession) -> Delivery {
    let due = due(to: session)
    let told = due.filter { reply.tells.contains($0.task.id) }
    let untold = due.filter { !reply.tells.contains($0.task.id) && !isLeftToHost($0) }
    let texts = texts(untold, of: session)
    return begin(
      Delivery(session: session, texts: texts + [reply.text], isError: reply.isError, notices: told + untold))
  }

  /// What is due to a session, without a reply; nil for nothing.
  func delivery(to session: AgentSession) -> Delivery? {
    let notices = due(to: session).filter { !isLeftToHost($0) }
    let texts = texts(notices, of: session)
    guard !texts.isEmpty || !notices.isEmpty else { return nil }
    return begin(Delivery(session: session, texts: texts, isError: false, notices: notices))
  }

  private func texts(_ notices: [Notice], of session: AgentSession) -> [String] {
    var texts: [String] = []
    if let text = NotificationText.text(notices, repeated: session.repeated, digest: Self.digest) { texts.append(text) }
    if let ends = session.takeEndsOfLeft() { texts.append(ends) }
    let failures = session.takeLaunchFailures()
    if !failures.isEmpty { texts.append(failures.map { "bgsh: \(PlainText.line($0))" }.joined(separator: "\n")) }
    return texts
  }

  /// What tells of one task's end and of nothing else.
  func delivery(telling task: BackgroundTask) -> Delivery {
    let session = session(of: task)
    let due = session.map(due) ?? dueToOthers(task)
    return begin(
      Delivery(session: session, texts: [], isError: false, notices: due.filter { $0.task.id == task.id }))
  }

  private func begin(_ delivery: Delivery) -> Delivery {
    delivery.session?.underway.formUnion(delivery.notificationIDs)
    return delivery
  }

  /// Records that it was told. What cannot be recorded is told again, and says so.
  func commit(_ delivery: Delivery) {
    guard delivery.state == .underway else { return }
    delivery.state = .committed
    acknowledge(delivery.notices, of: delivery.session)
    delivery.session?.underway.subtract(delivery.notificationIDs)
  }

  /// Tells it once more with the next result, as nobody may have read it.
  func takeBack(_ delivery: Delivery) {
    guard delivery.state != .takenBack, let session = delivery.session else { return }
    if delivery.state == .committed { session.owed += delivery.notices }
    delivery.state = .takenBack
    session.underway.subtract(delivery.notificationIDs)
    session.repeated.formUnion(delivery.notificationIDs)
  }

  /// As it was not told in time; what has been told twice is not told a third time.
  func takeBackOnce(_ delivery: Delivery) {
    if let session = delivery.session, !session.repeated.isDisjoint(with: delivery.notificationIDs) {
      commit(delivery)
    } else {
      takeBack(delivery)
    }
  }
}
