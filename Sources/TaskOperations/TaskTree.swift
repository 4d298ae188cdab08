package import ProcessControl
package import Tasks

/// The processes of a task that a signal to it would reach now: of one that has ended, what it left behind.
package struct TaskTree {
  /// A process, with its command line as it is safe to show.
  package struct Process {
    package let id: Int32
    package let command: String

    package init(_ member: ProcessTree.Member) {
      id = member.processID
      command = TaskProcesses.command(of: member)
    }
  }

  package let task: BackgroundTask
  package let processes: [Process]

  /// Looks at the processes of some tasks.
  package static func trees(of tasks: [BackgroundTask], by client: TaskClient) throws(OperationFailure) -> [TaskTree] {
    let processes = try TaskProcesses(of: Set(tasks.map(\.session)), by: client)
    var trees: [TaskTree] = []
    for task in tasks {
      trees.append(TaskTree(task: task, processes: try processes.members(of: task).map { Process($0) }))
    }
    return trees
  }

  /// Why nothing would be reached; nil where something would.
  package var failure: OperationFailure? { task.state.isFinal && processes.isEmpty ? .alreadyEnded(task) : nil }

  /// As `kill --dry-run --json` prints it.
  package var json: JSONValue {
    .object([
      ("id", .number(task.id.rawValue)),
      (
        "processes",
        .array(processes.map { .object([("pid", .number(Int64($0.id))), ("command", .string($0.command))]) })
      ),
    ])
  }
}
