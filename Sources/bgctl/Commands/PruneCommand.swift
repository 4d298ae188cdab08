import ArgumentParser
import ProcessControl
import TaskOperations
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
    transform: CommandLineDuration.parsed)
  var olderThan: Duration?

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
    let client = try TaskClient.ofCaller()
    // What ends at this very moment has ended.
    let bound = olderThan.map { Timestamp.now - $0 } ?? Timestamp.now + .milliseconds(1)
    let pruning: Pruning
    var hasFailed = false
    if references.isEmpty {
      pruning = try client.prune(endedBefore: bound, untold: all)
    } else {
      let named = try client.namedTasks(references)
      let tasks = named.compactMap { $0 }
      let live = tasks.filter { !$0.state.isFinal }
      for task in live { Console.complain(OperationFailure.stillRunning(task).description) }
      hasFailed = !live.isEmpty || named.contains { $0 == nil }
      pruning = try client.prune(tasks, endedBefore: bound)
    }
    if json {
      try Console.print(.object([("tasks", .number(Int64(pruning.taskCount))), ("bytes", .number(pruning.bytes))]))
    } else {
      let tasks = "\(pruning.taskCount) task\(pruning.taskCount == 1 ? "" : "s")"
      try Console.print(["dropped \(tasks), \(ByteCountText.text(pruning.bytes))"])
      if pruning.untoldCount > 0 { Console.complain(Remark.untold(count: pruning.untoldCount).description) }
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }
}
