import ArgumentParser
import TaskOperations
import Tasks

/// What the completions of bash, zsh and fish offer: `@7`, its name and its command, separated by tabs.
struct CompleteReferencesCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete-references", abstract: "List tasks for completion.", shouldDisplay: false)

  @Flag(name: .customLong("live"), help: "Only tasks that have not ended.")
  var isLive = false

  func perform() throws -> Int32 {
    let tasks = try TaskClient.ofCaller().tasks(matching: .candidates(onlyLive: isLive))
    try Console.print(
      tasks.reversed().map { task in
        "\(task.id)\t\(task.name.flatMap { try? TaskName($0.text) }?.text ?? "")\t\(CommandText.line(task.command, columnLimit: 60))"
      })
    return ExitStatus.done
  }
}
