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
    let failures = SignalDelivery(signal, by: client).send(to: tasks)
    for task in tasks {
      if let failure = failures[task.id] { Console.complain(failure.description) }
    }
    if json {
      try Console.print(
        .array(
          tasks.map { task in
            .object([
              ("id", .number(task.id.rawValue)), ("done", .bool(failures[task.id] == nil)),
              ("error", JSONValue(failures[task.id]?.description)),
            ])
          }))
    }
    return failures.isEmpty && named.allSatisfy { $0 != nil } ? ExitStatus.done : ExitStatus.failed
  }

  /// Shows the processes of the tasks and leaves them alone.
  private func show(_ tasks: [BackgroundTask], by client: TaskClient, hasFailed: Bool) throws -> Int32 {
    let processes = try TaskProcesses(of: Set(tasks.map(\.session)), by: client)
    let found = try tasks.map { ($0, try processes.members(of: $0)) }
    let ended = found.filter { $0.0.state.isFinal && $0.1.isEmpty }.map(\.0)
    for task in ended { Console.complain(OperationFailure.alreadyEnded(task).description) }
    if json {
      try Console.print(.array(found.map { .object([("id", .number($0.id.rawValue)), ("processes", Self.json($1))]) }))
    } else {
      var table = TextTable([.left, .right, .left], flexibleColumn: 2)
      for (task, members) in found {
        for member in members {
          table.append([task.id.description, String(member.processID), TaskProcesses.command(of: member)])
        }
      }
      try Console.print(table.lines(columns: Terminal(FileDescriptor.standardOutput)?.columns))
    }
    return hasFailed || !ended.isEmpty ? ExitStatus.failed : ExitStatus.done
  }

  private static func json(_ members: [ProcessTree.Member]) -> JSONValue {
    .array(
      members.map {
        .object([("pid", .number(Int64($0.processID))), ("command", .string(TaskProcesses.command(of: $0)))])
      })
  }
}
