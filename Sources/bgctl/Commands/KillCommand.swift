import ArgumentParser
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Ends tasks, or sends them a signal.
struct KillCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "End tasks, or send them a signal.",
    usage: "bgsh kill [--dry-run] [--json] [-s <signal> | -n <number> | -<signal>] (<task> ... | --all)",
    discussion: """
      Without a signal the whole process tree is ended: SIGTERM with SIGCONT, then SIGKILL for what is left after the \
      grace period. With a signal, that signal is sent to the tree and nothing more. Of a task that has ended, it is \
      what the task left behind.
      """)

  @Option(
    name: [.customShort("s", allowingJoined: true), .customShort("n", allowingJoined: true)],
    help: ArgumentHelp("The signal, by name or number.", valueName: "signal"))
  var signal: String?

  @Flag(help: "All live tasks of this session.")
  var all = false

  @Flag(help: "Only show the processes that it would reach.")
  var dryRun = false

  @Flag(help: "Print what became of each task.")
  var json = false

  @Argument(help: ArgumentHelp("The tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    if let signal, signal != "0", Signal(text: signal) == nil {
      throw ValidationError("unknown signal '\(VisibleText.word(signal))'; write a name such as TERM, or a number")
    }
    guard references.isEmpty == all else {
      throw ValidationError(all ? "name tasks or --all, not both" : "name a task, such as @7, or --all")
    }
  }

  func perform() throws -> Int32 {
    let client = try TaskClient.ofCaller()
    let named = all ? try client.liveTasks() : try client.namedTasks(references)
    var seen: Set<TaskID> = []
    let tasks = named.compactMap { $0 }.filter { seen.insert($0.id).inserted }
    if dryRun { return try show(tasks, by: client, hasFailed: named.contains { $0 == nil }) }
    let signal = signal == "0" ? Signal(rawValue: 0) : signal.flatMap { Signal(text: $0) }
    let report = SignalDelivery(signal, by: client).deliver(to: tasks)
    for failure in report.failures { Console.complain(failure.description) }
    if json { try Console.print(report.json) }
    return report.failures.isEmpty && named.allSatisfy { $0 != nil } ? ExitStatus.done : ExitStatus.failed
  }

  /// Shows the processes of the tasks and leaves them alone.
  private func show(_ tasks: [BackgroundTask], by client: TaskClient, hasFailed: Bool) throws -> Int32 {
    let trees = try TaskTree.trees(of: tasks, by: client)
    let failures = trees.compactMap(\.failure)
    for failure in failures { Console.complain(failure.description) }
    if json {
      try Console.print(.array(trees.map(\.json)))
    } else {
      var table = TextTable([.left, .right, .left], flexibleColumn: 2)
      for tree in trees {
        for process in tree.processes { table.append([tree.task.id.description, String(process.id), process.command]) }
      }
      try Console.print(table.lines(columns: Terminal(FileDescriptor.standardOutput)?.columns))
    }
    return hasFailed || !failures.isEmpty ? ExitStatus.failed : ExitStatus.done
  }
}
