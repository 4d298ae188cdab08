import ArgumentParser
import ProcessControl
import Records
import SystemPackage
import Tasks

/// Lists tasks.
struct JobsCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "List tasks.",
    discussion: "Without a task: the live tasks of this session, or of all sessions outside of one.")

  @Flag(name: [.customShort("a"), .long], help: "All sessions, and the tasks that ended in the last day.")
  var all = false

  @Flag(
    name: [.customShort("l"), .long],
    help: "Process ID, use of resources and directory too, and what ended tasks left behind.")
  var long = false

  @Option(help: ArgumentHelp("Only tasks in this state.", valueName: "state"))
  var state: [String] = []

  @Option(
    help: ArgumentHelp("Include tasks that ended within this time.", valueName: "duration"),
    transform: CommandLineDuration.milliseconds)
  var since: Int64?

  @Flag(help: "Print an array of records.")
  var json = false

  @Argument(help: ArgumentHelp("Just these tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    for text in state where !TaskState.texts.contains(text) {
      let states = TaskState.texts.joined(separator: ", ")
      throw ValidationError("unknown state '\(VisibleText.word(text))'; the states are \(states)")
    }
  }

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let now = Timestamp.now
    let named = try workplace.tasks(for: references)
    var tasks = references.isEmpty ? try listed(in: workplace, now: now) : named.compactMap { $0 }
    let sessions = references.isEmpty ? [session(in: workplace)].compactMap { $0 } : tasks.map(\.session)
    let processes = isLongList ? try TaskProcesses(of: Set(sessions), in: workplace) : nil
    if references.isEmpty, let processes { tasks += try leavers(processes, besides: tasks, in: workplace) }
    if !state.isEmpty { tasks = tasks.filter { state.contains($0.state.text) } }
    if json {
      try Console.print(.array(tasks.map(\.json)))
    } else {
      let columns = Terminal(FileDescriptor.standardOutput)?.columns
      try Console.print(TaskList(tasks, isLong: long, processes: processes, now: now).lines(columns: columns))
    }
    return named.contains { $0 == nil } ? ExitStatus.failed : ExitStatus.done
  }

  private var isLongList: Bool { long && !json }

  /// Whose tasks are meant where none are named; nil for all.
  private func session(in workplace: Workplace) -> SessionID? { all ? nil : workplace.session }

  /// The tasks that have ended and left processes behind.
  private func leavers(
    _ processes: TaskProcesses, besides tasks: [BackgroundTask], in workplace: Workplace
  ) throws -> [BackgroundTask] {
    let session = session(in: workplace)
    let found = try processes.tracedTasks(of: session).subtracting(tasks.map(\.id))
    return try workplace.store.tasks(found).filter { task in
      try task.state.isFinal && (session ?? task.session) == task.session && !processes.members(of: task).isEmpty
    }.sorted { $0.id < $1.id }
  }

  private func listed(in workplace: Workplace, now: Timestamp) throws -> [BackgroundTask] {
    let wantsEnded = all || state.contains { TaskState.End.texts.contains($0) }
    let window = since ?? (wantsEnded ? Workplace.dayMilliseconds : nil)
    return try workplace.store.tasks(
      matching: TaskQuery(
        session: session(in: workplace), states: state.isEmpty ? nil : Set(state),
        endedSince: window.map { Timestamp(milliseconds: now.milliseconds - $0) }))
  }
}
