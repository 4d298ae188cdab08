package import Connections
package import Notices
package import ProcessControl
package import Tasks

/// A wait for tasks: until all of them, or one, have ended or wait for input.
///
/// Who has an event loop of its own calls ``takeEnded()`` after each turn and ``TaskWatch/catchUp()``; ``run(until:telling:)``
/// does that for everybody else.
package final class TaskWait {
  private let client: TaskClient
  package let watch: TaskWatch
  private let tasks: [TaskID]
  private let isForAny: Bool
  /// What keeps the wait going: tasks that neither have ended nor wait for input.
  private var busy: Set<TaskID> = []
  /// What has been heard of and not looked at.
  private var changes: [BackgroundTask] = []
  /// Whether what is waited for has come, as far as ``takeEnded()`` has looked.
  package private(set) var isOver = false

  /// Begins to watch the tasks. Several waits may share a loop.
  package init(
    for tasks: [BackgroundTask], isForAny: Bool, by client: TaskClient, on loop: EventLoop
  ) throws(OperationFailure) {
    self.client = client
    self.tasks = tasks.map(\.id)
    self.isForAny = isForAny
    watch = try TaskWatch(tasks, by: client, on: loop)
    _ = watch.takeChanges()
    changes = Set(self.tasks).compactMap { watch[$0] }
  }

  /// Takes in what has happened since the last call.
  ///
  /// - Returns: The tasks whose end is to be told: all that have ended, or of a wait for any the first one.
  package func takeEnded() -> [TaskID] {
    changes += watch.takeChanges()
    for task in changes {
      if task.state.isFinal || task.state == .waitingForInput {
        busy.remove(task.id)
      } else {
        busy.insert(task.id)
      }
    }
    let ended = changes.filter { $0.state.isFinal }.map(\.id)
    changes = []
    isOver = busy.isEmpty || isForAny && !ended.isEmpty
    return isForAny ? firstEnded.map { [$0] } ?? [] : ended
  }

  /// Waits, and tells of every end as it comes.
  ///
  /// - Parameters:
  ///   - meanwhile: Hears each second, for the first time after one, which tasks are still waited for.
  ///   - tell: Shows what is due about tasks that have ended. It is acknowledged afterwards.
  /// - Returns: Whether what was waited for has come before the deadline.
  package func run(
    until deadline: MonotonicInstant?, meanwhile: (([BackgroundTask]) -> Void)? = nil, telling tell: ([Notice]) -> Void
  ) throws(OperationFailure) -> Bool {
    var nextSecond = meanwhile.map { _ in MonotonicInstant.now.advanced(milliseconds: 1_000) }
    while true {
      let ended = takeEnded()
      if !ended.isEmpty {
        let notices = try client.dueNotices(about: ended)
        tell(notices)
        try client.acknowledge(notices)
      }
      if isOver { return true }
      if let deadline, deadline <= .now { return false }
      try watch.turn(until: [deadline, nextSecond].compactMap { $0 }.min())
      guard let second = nextSecond, second <= .now else { continue }
      nextSecond = .now.advanced(milliseconds: 1_000)
      meanwhile?(busy.sorted().compactMap { watch[$0] })
    }
  }

  /// A task as it was last heard of.
  package subscript(id: TaskID) -> BackgroundTask? { watch[id] }

  /// The task that ended before the others.
  package var firstEnded: TaskID? {
    let ended = tasks.compactMap { watch[$0] }.filter { $0.state.isFinal }
    return ended.min { ($0.endedAt?.milliseconds ?? .max) < ($1.endedAt?.milliseconds ?? .max) }?.id
  }

  /// The tasks that will not end before somebody gives them what they wait for; none where one that has ended is enough.
  package var waitingForInput: [TaskID] {
    guard !isForAny || firstEnded == nil else { return [] }
    return tasks.filter { watch[$0]?.state == .waitingForInput }
  }
}
