import ArgumentParser
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Lists tasks.
struct JobsCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "List tasks.",
    discussion: "Without a task: the live tasks of this session, or of all sessions outside of one.")

  @Flag(name: [.customShort("a"), .long], help: "All sessions, and the tasks that ended in the last day.")
  var all = false

  @Flag(
    name: [.customShort("l"), .long],
    help: "Process ID, use of resources and directory too, and what ended tasks left behind.")
  var long = false

  @Option(help: ArgumentHelp("Only tasks in this state.", valueName: "state"))
  var state: [String] = []

  @Flag(help: "Only tasks that ended in the last day and have failed, without anybody having ended them.")
  var failed = false

  @Option(
    help: ArgumentHelp("Include tasks that ended within this time.", valueName: "duration"),
    transform: CommandLineDuration.parsed)
  var since: Duration?

  @Flag(help: "Print an array of records.")
  var json = false

  @Argument(help: ArgumentHelp("Just these tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    for text in state where !TaskState.texts.contains(text) {
      let states = TaskState.texts.joined(separator: ", ")
      throw ValidationError("unknown state '\(VisibleText.word(text))'; the states are \(states)")
    }
  }

  func perform() throws -> Int32 {
    let client = try TaskClient.ofCaller()
    let filter = TaskFilter(includesAllSessions: all, states: state, onlyFailed: failed, endedWithin: since)
    let named = try client.namedTasks(references)
    let withRemains = long && !json
    let list =
      references.isEmpty
      ? try TaskList(matching: filter, withRemains: withRemains, by: client)
      : try TaskList(of: named.compactMap { $0 }, matching: filter, withRemains: withRemains, by: client)
    if json {
      try Console.print(list.json)
    } else {
      try Console.print(list.lines(isLong: long, columns: Terminal(FileDescriptor.standardOutput)?.columns))
    }
    return named.contains { $0 == nil } ? ExitStatus.failed : ExitStatus.done
  }
}
