import Tasks

/// Which tasks a list shows: those that live, and those that have ended within some time.
package struct TaskFilter: Hashable, Sendable {
  /// Whether tasks of other sessions are meant, too.
  package var includesAllSessions: Bool
  /// As ``TaskState/text``; nil for any.
  package var states: Set<String>?
  /// Whether only tasks are meant that have failed by themselves.
  package var onlyFailed: Bool
  /// How long ago a task may have ended; nil for none that has.
  package var endedWithin: Duration?
  /// How many at most, the newest.
  package var limit: Int?

  /// - Parameter endedWithin: Where it is nil, tasks that ended within a day are meant if all sessions are, or
  ///   if a state of ended tasks is asked for, or what has failed.
  package init(
    includesAllSessions: Bool = false, states: [String] = [], onlyFailed: Bool = false, endedWithin: Duration? = nil
  ) {
    self.includesAllSessions = includesAllSessions
    self.states = states.isEmpty ? nil : Set(states)
    self.onlyFailed = onlyFailed
    let wantsEnded = includesAllSessions || onlyFailed || states.contains { TaskState.End.texts.contains($0) }
    self.endedWithin = endedWithin ?? (wantsEnded ? Limits.recent : nil)
  }

  /// Whether a task is among them, as far as its state tells.
  func lets(_ task: BackgroundTask) -> Bool {
    (states?.contains(task.state.text) ?? true) && (!onlyFailed || task.hasFailed)
  }

  /// What is offered to complete a reference: the newest tasks of all sessions.
  package static func candidates(onlyLive: Bool) -> TaskFilter {
    var filter = TaskFilter(includesAllSessions: true)
    if onlyLive { filter.endedWithin = nil }
    // Nobody reads more of them.
    filter.limit = 100
    return filter
  }
}
