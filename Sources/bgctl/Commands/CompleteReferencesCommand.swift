import ArgumentParser
import ProcessControl
import Records
import Tasks

/// What the completions of bash, zsh and fish offer: `@7`, its name and its command, separated by tabs.
struct CompleteReferencesCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete-references", abstract: "List tasks for completion.", shouldDisplay: false)

  @Flag(name: .customLong("live"), help: "Only tasks that have not ended.")
  var isLive = false

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let since = Timestamp(milliseconds: Timestamp.now.milliseconds - Workplace.dayMilliseconds)
    let query = TaskQuery(endedSince: isLive ? nil : since, limit: Self.limit)
    let tasks = try workplace.store.tasks(matching: query)
    try Console.print(
      tasks.reversed().map { task in
        "\(task.id)\t\(task.name.flatMap { try? TaskName($0.text) }?.text ?? "")\t\(CommandText.line(task.command, columnLimit: 60))"
      })
    return ExitStatus.done
  }

  /// Nobody reads more candidates than these.
  private static let limit = 100
}
