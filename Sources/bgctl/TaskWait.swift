import Advice
import ProcessControl
import Tasks

/// A wait for tasks: until all of them, or one, have ended or wait for input.
final class TaskWait {
  private let workplace: Workplace
  private let watch: TaskWatch
  private let tasks: [TaskID]
  private let isForAny: Bool
  private var announced: Set<TaskID> = []

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
    while true {
      try announceEnds()
      if isOver { return true }
      if let deadline, deadline <= .now { return false }
      try watch.turn(until: deadline)
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
    for id in stopped { Console.complain("\(id) waits for input; 'fg \(id)' hands it the terminal") }
    try workplace.acknowledge(try workplace.dueNotices(about: stopped))
  }

  private var isOver: Bool {
    if isForAny, firstEnded != nil { return true }
    return tasks.allSatisfy { id in
      guard let state = watch[id]?.state else { return true }
      return state.isFinal || state == .waitingForInput
    }
  }

  /// Shows what is due about tasks that have ended, and acknowledges it.
  private func announceEnds() throws {
    let ended = isForAny ? firstEnded.map { [$0] } ?? [] : tasks.filter { watch[$0]?.state.isFinal == true }
    let new = ended.filter { announced.insert($0).inserted }
    guard !new.isEmpty else { return }
    let notices = try workplace.dueNotices(about: new)
    if Environment["BGSH_NOTIFY"] != "off" {
      Console.remark(NoticeBoard(notices).lines { Digest.lines(of: $0) })
    }
    try workplace.acknowledge(notices)
  }
}
