package import ProcessControl
package import Tasks

/// Which tasks to list; what is nil does not matter.
package struct TaskQuery: Hashable, Sendable {
  package var session: SessionID?
  /// As ``TaskState/text``.
  package var states: Set<String>?
  /// Which ended tasks: those that ended at or after this moment; nil for none.
  package var endedSince: Timestamp?
  package var includesLive: Bool
  /// How many at most, the newest.
  package var limit: Int?

  package init(
    session: SessionID? = nil, states: Set<String>? = nil, endedSince: Timestamp? = nil, includesLive: Bool = true,
    limit: Int? = nil
  ) {
    self.session = session
    self.states = states
    self.endedSince = endedSince
    self.includesLive = includesLive
    self.limit = limit
  }
}
