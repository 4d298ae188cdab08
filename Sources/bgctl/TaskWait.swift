import Advice
import Notices
import Connections
import ProcessControl
import Tasks

/// A wait for tasks: until all of them, or one, have ended or wait for input.
final class TaskWait {
  private var workplace: Workplace
  private let watch: TaskWatch
  private let tasks: [TaskID]
  private let isForAny: Bool
  /// What keeps the wait going: tasks that neither have ended nor wait for input.
  private var busy: Set<TaskID> = []
  /// Where the user wants none, nothing but the status tells of the ends.
  private let showsNotices = Environment["BGSH_NOTIFY"] != "off"

  init(for tasks: [BackgroundTask], isForAny: Bool, in workplace: Workplace) throws {
    self.workplace = workplace
    self.tasks = tasks.map(\.id)
    self.isForAny = isForAny
    watch = try TaskWatch(tasks, in: workplace, loop: try EventLoop())
  }

  /// Waits, and tells of every end as it comes.
  ///
  /// - Returns: Whether what was waited for has come before the deadline.
  func run(until deadline: MonotonicInstant?) throws -> Bool {
    _ = watch.takeChanges()
    var changes = Set(tasks).compactMap { watch[$0] }
    while true {
      for task in changes {
        if task.state.isFinal || task.state == .waitingForInput {
          busy.remove(task.id)
        } else {
          busy.insert(task.id)
        }
      }
      let ended = changes.filter { $0.state.isFinal }.map(\.id)
      try announce(isForAny ? firstEnded.map { [$0] } ?? [] : ended)
      if busy.isEmpty || isForAny && !ended.isEmpty { return true }
      if let deadline, deadline <= .now { return false }
      try watch.turn(until: deadline)
      changes = watch.takeChanges()
    }
  }

  func task(_ id: TaskID) -> BackgroundTask? { watch[id] }

  /// The task that ended before the others.
  var firstEnded: TaskID? {
    let ended = tasks.compactMap { watch[$0] }.filter { $0.state.isFinal }
    return ended.min { ($0.endedAt?.milliseconds ?? .max) < ($1.endedAt?.milliseconds ?? .max) }?.id
  }

  /// The exit status that stands for a task.
  func status(of id: TaskID) -> Int32 {
    guard let task = watch[id] else { return ExitStatus.noSuchTask }
    return task.shellStatus ?? ExitStatus.waitsForInput
  }

  /// Says which tasks will not end before somebody gives them what they wait for.
  func explainStopped() throws {
    guard !isForAny || firstEnded == nil else { return }
    let stopped = tasks.filter { watch[$0]?.state == .waitingForInput }
    guard !stopped.isEmpty else { return }
    if showsNotices {
      for id in stopped { Console.complain("\(id) waits for input; 'fg \(id)' hands it the terminal") }
    }
    try workplace.acknowledge(try workplace.dueNotices(about: stopped))
  }

  /// Shows what is due about tasks that have ended, and acknowledges it.
  private func announce(_ ended: [TaskID]) throws {
    guard !ended.isEmpty else { return }
    try workplace.renew()
    let notices = try workplace.dueNotices(about: ended)
    if showsNotices { Console.remark(NoticeBoard(notices).lines { Digest.lines(of: $0) }) }
    try workplace.acknowledge(notices)
  }
}
