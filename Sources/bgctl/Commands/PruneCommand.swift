import ArgumentParser
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Drops ended tasks and their output.
struct PruneCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Drop ended tasks and their output.",
    discussion: """
      Of all sessions; running tasks are left alone. What nobody has been told of stays, unless it is named or --all is \
      given: its notification goes with it. On a terminal it asks first, where no task is named.
      """)

  @Option(
    help: ArgumentHelp("Only those that ended longer ago than this.", valueName: "duration"),
    transform: CommandLineDuration.parsed)
  var olderThan: Duration?

  @Flag(help: "Those of whose end nobody has been told, too.")
  var all = false

  @Flag(help: "Only say what would be dropped.")
  var dryRun = false

  @Flag(help: "Print how many tasks and bytes as an object.")
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
    var ids: [TaskID]
    var hasFailed = false
    if references.isEmpty {
      ids = try client.endedTaskIDs(before: bound, untold: all)
    } else {
      let named = try client.namedTasks(references)
      let tasks = named.compactMap { $0 }
      let live = tasks.filter { !$0.state.isFinal }
      for task in live { Console.complain(OperationFailure.stillRunning(task).description) }
      hasFailed = !live.isEmpty || named.contains { $0 == nil }
      ids = tasks.filter { $0.endedAt.map { $0 < bound } ?? false }.map(\.id)
    }
    if !ids.isEmpty, asks, !Console.confirm("drop \(client.pruning(of: ids).text)?") { ids = [] }
    if dryRun {
      try report(client.pruning(of: ids), as: "would drop")
    } else {
      try report(client.drop(ids), as: "dropped")
    }
    if references.isEmpty, !all, !json {
      let untold = try client.untoldCount(before: bound)
      if untold > 0 { Console.complain(Remark.untold(count: untold).description) }
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }

  /// Whether the user is asked first: he has named nothing, and can answer.
  private var asks: Bool {
    references.isEmpty && !dryRun && !json && Terminal(.standardInput) != nil && Terminal(.standardError) != nil
  }

  private func report(_ pruning: Pruning, as verb: String) throws {
    if json {
      try Console.print(pruning.json)
    } else {
      try Console.print(["\(verb) \(pruning.text)"])
    }
  }
}
