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

  @Flag(help: "Edit the command first, with $VISUAL, $EDITOR or vi.")
  var edit = false

  @Flag(help: "All of this session's commands that failed in the last day and have not succeeded since.")
  var failed = false

  @Argument(help: ArgumentHelp("The task; without it, the newest of this session.", valueName: "task"))
  var reference: String?

  func validate() throws {
    if failed && reference != nil { throw ValidationError("name a task or --failed, not both") }
    if failed && edit { throw ValidationError("--edit edits one command: name its task") }
  }

  func perform() throws -> Int32 {
    let client = try TaskClient.ofCaller()
    let tasks = failed ? try client.failedTasks() : try client.namedTasks([reference ?? "@@"]).compactMap { $0 }
    guard failed || !tasks.isEmpty else { return ExitStatus.failed }
    guard code else { throw OperationFailure.needsShell(words: failed ? "--failed" : tasks[0].id.description) }
    if tasks.isEmpty { Console.complain("nothing to run again: no command of this session has failed in the last day") }
    var code: [UInt8] = []
    for task in tasks {
      var relaunch = try Relaunch(of: task)
      if edit { relaunch.command = RawText(try TextEditor.chosen.edit(relaunch.command.bytes)) }
      code += Rewriter.relaunch(relaunch.command.bytes, flags: relaunch.flags) + [UInt8(ascii: "\n")]
    }
    try FileDescriptor.standardOutput.writeWhole(code.isEmpty ? Array("\\builtin :\n".utf8) : code)
    return ExitStatus.done
  }
}
