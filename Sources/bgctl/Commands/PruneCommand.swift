import ArgumentParser
import ProcessControl
import Records
import StateFiles
import Tasks

/// Drops ended tasks and their output.
struct PruneCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Drop ended tasks and their output.",
    discussion: """
      Of all sessions; running tasks are left alone. What nobody has been told of stays, unless it is named or --all is \
      given: its notification goes with it.
      """)

  @Option(
    help: ArgumentHelp("Only those that ended longer ago than this.", valueName: "duration"),
    transform: CommandLineDuration.milliseconds)
  var olderThan: Int64?

  @Flag(help: "Those of whose end nobody has been told, too.")
  var all = false

  @Flag(help: "Print how many tasks and bytes were dropped as an object.")
  var json = false

  @Argument(help: ArgumentHelp("Only these tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    if all && !references.isEmpty { throw ValidationError("name tasks or --all, not both") }
  }

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let bound = Timestamp(milliseconds: Timestamp.now.milliseconds - (olderThan ?? 0) + (olderThan == nil ? 1 : 0))
    var dropped = Dropped()
    var hasFailed = false
    if references.isEmpty {
      while true {
        let tasks = try workplace.store.oldestEnded(before: bound, untold: all, limit: Self.droppedAtOnce)
        guard try dropped.add(tasks, in: workplace) > 0 else { break }
      }
    } else {
      let tasks = try workplace.tasks(for: references)
      let live = tasks.compactMap { $0 }.filter { !$0.state.isFinal }
      for task in live { Console.complain(CommandFailure.stillRunning(task).description) }
      hasFailed = !live.isEmpty || tasks.contains { $0 == nil }
      _ = try dropped.add(tasks.compactMap { $0 }.filter { $0.endedAt.map { $0 < bound } ?? false }, in: workplace)
    }
    if json {
      try Console.print(.object([("tasks", .number(Int64(dropped.count))), ("bytes", .number(dropped.bytes))]))
    } else {
      try Console.print(
        ["dropped \(dropped.count) task\(dropped.count == 1 ? "" : "s"), \(ByteCountText.text(dropped.bytes))"])
      if references.isEmpty, !all { try tellOfUntold(before: bound, in: workplace) }
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }

  /// How much was dropped so far.
  private struct Dropped {
    var count = 0
    var bytes: Int64 = 0

    mutating func add(_ tasks: [BackgroundTask], in workplace: Workplace) throws(StoreError) -> Int {
      for task in tasks { bytes += workplace.directory.removeOutput(of: task.id) }
      let dropped = try workplace.store.drop(tasks.map(\.id))
      count += dropped
      return dropped
    }
  }

  private func tellOfUntold(before bound: Timestamp, in workplace: Workplace) throws(StoreError) {
    let count = try workplace.store.untoldCount(before: bound)
    guard count > 0 else { return }
    Console.complain(
      "\(count) ended \(count == 1 ? "task stays" : "tasks stay"): nobody has been told; "
        + "'bgsh notifications' tells, 'prune --all' drops all")
  }

  private static let droppedAtOnce = 200
}
