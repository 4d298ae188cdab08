import ArgumentParser
import BashEngine
import CProtocol
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Runs a task's command again: the shell does it, by what this prints.
struct RerunCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerun", abstract: "Run a task's command again, as a new task.",
    discussion: "In a bgsh shell only: the task is a fork of that shell, in the directory that it had before.")

  /// Whether the shell asks, which evaluates what is printed.
  @Flag(name: .customLong(BGSH_CODE_OPTION), help: .hidden)
  var code = false

  @Argument(help: ArgumentHelp("The task; without it, the newest of this session.", valueName: "task"))
  var reference = "@@"

  func perform() throws -> Int32 {
    let client = try TaskClient.ofCaller()
    guard case let task?? = try client.namedTasks([reference]).first else { return ExitStatus.failed }
    guard code else { throw OperationFailure.needsShell(task) }
    let relaunch = try Relaunch(of: task)
    try FileDescriptor.standardOutput.writeWhole(
      Rewriter.relaunch(relaunch.command.bytes, flags: relaunch.flags) + [UInt8(ascii: "\n")])
    return ExitStatus.done
  }
}
