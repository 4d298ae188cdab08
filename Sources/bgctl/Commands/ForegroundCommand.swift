import ArgumentParser
import Notices
import TaskOperations
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
    let client = try TaskClient.ofCaller()
    guard case let task?? = try client.namedTasks([reference]).first else { return ExitStatus.noSuchTask }
    switch try TaskAttachment(to: task, by: client, writing: Console.write).run() {
    case .ended(let record):
      // Nothing of the output with it: that has just been seen.
      Console.remark([record?.endHeadline(style: Console.remarkStyle)].compactMap { $0 })
      try client.acknowledgeDue(about: [task.id])
      return record?.shellStatus ?? ExitStatus.bgshFailed
    case .detached:
      Console.remark([Notice.detached(task, style: Console.remarkStyle)])
      return ExitStatus.done
    case .waitsForInput:
      Console.complain(Remark.waitsForInputElsewhere(task.id).description)
      return ExitStatus.waitsForInput
    }
  }
}
