import ArgumentParser
import ProcessControl
import TaskOperations
import Tasks

/// Tells everything known about how a task ended.
struct WhyCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Tell everything known about how a task ended.")

  @Flag(help: "Print the record.")
  var json = false

  @Argument(help: ArgumentHelp("The task; without it, the newest of this session.", valueName: "task"))
  var reference = "@@"

  func perform() throws -> Int32 {
    let client = try TaskClient.ofCaller()
    guard case let task?? = try client.namedTasks([reference]).first else { return ExitStatus.failed }
    if json {
      try Console.print(task.json)
    } else {
      try Console.print(try TaskAccount(of: task, by: client).lines(now: .now))
    }
    return ExitStatus.done
  }
}
