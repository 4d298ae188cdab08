package import ProcessControl
package import Tasks

/// The report of something that happened to a task, waiting in the store until a turn delivers it.
package struct TaskNotification: Hashable, Sendable {
  /// What happened.
  package enum Event: String, CaseIterable, Hashable, Sendable {
    case done
    case failed
    case killed
    case timedOut = "timed-out"
    case skipped
    case lost
    case waitingForInput = "waiting-for-input"
    /// Its output has reached its limit; what is in the middle is dropped.
    case limited
    /// A line of its output has matched what it was launched to tell of.
    case matched

    /// The event that an end is.
    package init(_ end: TaskState.End) {
      switch end {
      case .exited(code: 0): self = .done
      case .exited: self = .failed
      case .killed: self = .killed
      case .timedOut: self = .timedOut
      case .skipped: self = .skipped
      case .lost: self = .lost
      }
    }

    /// Whether something went wrong, or somebody is waited for.
    package var needsAttention: Bool {
      switch self {
      case .failed, .killed, .timedOut, .lost, .waitingForInput, .matched: true
      case .done, .skipped, .limited: false
      }
    }
  }

  package let id: Int64
  package let taskID: TaskID
  /// The session that started the task, and to which the report is due.
  package let session: SessionID
  package let event: Event
  package let at: Timestamp
  /// When somebody saw it, nil while it waits.
  package let deliveredAt: Timestamp?

  package init(
    id: Int64, taskID: TaskID, session: SessionID, event: Event, at: Timestamp, deliveredAt: Timestamp? = nil
  ) {
    self.id = id
    self.taskID = taskID
    self.session = session
    self.event = event
    self.at = at
    self.deliveredAt = deliveredAt
  }
}

extension BackgroundTask {
  /// The event to notify of when the task ends so, nil if it asked for silence on success.
  package func event(for end: TaskState.End) -> TaskNotification.Event? {
    isQuiet && end.isSuccess ? nil : TaskNotification.Event(end)
  }
}
