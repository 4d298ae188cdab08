import ArgumentParser
import BashEngine
import CProtocol
import Glibc
import ProcessControl
import SystemPackage
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
    let workplace = try Workplace()
    guard case let task?? = try workplace.tasks(for: [reference]).first else { return ExitStatus.failed }
    guard code else { throw CommandFailure.needsShell(task) }
    guard access(task.rawDirectory.cString, X_OK) == 0 else { throw CommandFailure.directoryMissing(task) }
    try FileDescriptor.standardOutput.writeWhole(
      Rewriter.relaunch(task.rawCommand.bytes, flags: flags(of: task)) + [UInt8(ascii: "\n")])
    return ExitStatus.done
  }

  private func flags(of task: BackgroundTask) -> [[UInt8]] {
    [Array("--\(BGSH_DIRECTORY_FLAG)".utf8), task.rawDirectory.bytes]
      + TaskOptions(of: task).words.map { Array($0.utf8) }
  }
}
