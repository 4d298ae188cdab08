import ArgumentParser
import ProcessControl
import Tasks

/// Drops ended tasks and their output.
struct PruneCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Drop ended tasks and their output.",
    discussion: "Of all sessions; running tasks are left alone. The notifications of what is dropped go with it.")

  @Option(
    help: ArgumentHelp("Only those that ended longer ago than this.", valueName: "duration"),
    transform: CommandLineDuration.milliseconds)
  var olderThan: Int64?

  @Flag(help: "Print how many tasks and bytes were dropped as an object.")
  var json = false

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let bound = Timestamp(milliseconds: Timestamp.now.milliseconds - (olderThan ?? 0) + (olderThan == nil ? 1 : 0))
    var (count, bytes): (Int, Int64) = (0, 0)
    while true {
      let tasks = try workplace.store.oldestEnded(before: bound, limit: Self.droppedAtOnce)
      for task in tasks { bytes += workplace.directory.removeOutput(of: task.id) }
      let dropped = try workplace.store.drop(tasks.map(\.id))
      count += dropped
      guard dropped > 0 else { break }
    }
    if json {
      try Console.print(.object([("tasks", .number(Int64(count))), ("bytes", .number(bytes))]))
    } else {
      try Console.print(["dropped \(count) task\(count == 1 ? "" : "s"), \(ByteCountText.text(bytes))"])
    }
    return ExitStatus.done
  }

  private static let droppedAtOnce = 200
}
