import Notices

/// A result as it is written: what is due first, then what the tool itself has to say.
final class Delivery {
  let session: AgentSession?
  let texts: [String]
  let isError: Bool
  /// What is told with it, or by it.
  let notices: [Notice]
  var state = State.underway

  enum State { case underway, committed, takenBack }

  init(session: AgentSession?, texts: [String], isError: Bool, notices: [Notice]) {
    self.session = session
    self.texts = texts
    self.isError = isError
    self.notices = notices
  }

  var notificationIDs: [Int64] { notices.map(\.notification.id) }
}
