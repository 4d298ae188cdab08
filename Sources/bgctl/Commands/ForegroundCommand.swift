import ArgumentParser
import Tasks

/// Brings a task to the foreground.
struct ForegroundCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "fg", abstract: "Bring a task to the foreground.",
    discussion: """
      Its output is shown and followed, and it gets the terminal. Ctrl-C goes to it, Ctrl-Z detaches it again. The \
      status is the task's, as for wait, or 0 if it was detached.
      """)

  static let failureStatus = ExitStatus.bgshFailed

  @Argument(help: ArgumentHelp("The task; without it, the newest of this session.", valueName: "task"))
  var reference = "@@"

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    guard case let task?? = try workplace.tasks(for: [reference]).first else { return ExitStatus.noSuchTask }
    return try ForegroundVisit(to: task, in: workplace).run()
  }
}
