import ArgumentParser
import CProtocol
import ProcessControl
import Records
import SystemPackage
import Tasks

/// Waits for tasks to end.
struct WaitCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait for tasks to end.",
    discussion: """
      Without a task: all live tasks of this session. The status is that of the last task named: its own, 128+N if \
      signal N killed it, 124 timed out, 123 skipped, 125 lost, 127 no such task, 142 --timeout ran out, 149 it waits \
      for input.
      """)

  static let failureStatus = ExitStatus.bgshFailed

  @Flag(name: [.customShort("n"), .long], help: "Return when one of the tasks has ended, with its status.")
  var any = false

  @Option(
    help: ArgumentHelp("Give up after this time.", valueName: "duration"), transform: CommandLineDuration.milliseconds)
  var timeout: Int64?

  @Flag(help: "Print an array of records at the end.")
  var json = false

  /// What the bare `wait` of the shell waits for, separated by commas, in the order of launch; `-` means that standard
  /// input has it, for there may be more than an argument holds.
  @Option(name: .customLong(BGSH_LAUNCHED_OPTION), help: .hidden)
  var launched: String?

  @Argument(help: ArgumentHelp("The tasks to wait for.", valueName: "task"))
  var references: [String] = []

  func perform() throws -> Int32 {
    let deadline = timeout.map { MonotonicInstant.now.advanced(milliseconds: $0) }
    let launched = try launched.map { (text) throws(CommandFailure) in try Self.ids(in: text) }
    let workplace = try Workplace()
    let targets = try targets(launched: launched, in: workplace)
    let wait = try TaskWait(for: targets.compactMap { $0 }, isForAny: any, in: workplace)
    let isOver = try wait.run(until: deadline)
    if json { try Console.print(.array(targets.compactMap { $0.flatMap { wait.task($0.id) }?.json })) }
    guard isOver else { return ExitStatus.waitTimedOut }
    try wait.explainStopped()
    if any, let first = wait.firstEnded {
      CallingShell.current?.report(ended: [first])
      return wait.status(of: first)
    }
    CallingShell.current?.report(ended: targets.compactMap { $0?.id }.filter { wait.task($0)?.state.isFinal != false })
    let withoutTask = launched == nil ? ExitStatus.noSuchTask : ExitStatus.bgshFailed
    let statuses = targets.map { $0.map { wait.status(of: $0.id) } ?? withoutTask }
    if references.isEmpty { return statuses.first { $0 != 0 } ?? ExitStatus.done }
    return statuses.last ?? ExitStatus.done
  }

  private func targets(launched: [TaskID]?, in workplace: Workplace) throws -> [BackgroundTask?] {
    guard let launched else {
      return references.isEmpty ? try workplace.liveTasks() : try workplace.tasks(for: references)
    }
    var tasks: [TaskID: BackgroundTask] = [:]
    for task in try workplace.store.tasks(launched) { tasks[task.id] = task }
    let missing = launched.filter { tasks[$0] == nil }
    for id in missing { Console.complain("\(id) has no record: it was not started, or the record has been removed") }
    CallingShell.current?.report(ended: missing)
    return launched.map { tasks[$0] }
  }

  private static func ids(in text: String) throws(CommandFailure) -> [TaskID] {
    let text = text == "-" ? try standardInput() : text
    return text.split { $0 == "," || $0.isNewline }.compactMap { Int64($0) }.map { TaskID(rawValue: $0) }
  }

  private static func standardInput() throws(CommandFailure) -> String {
    do {
      return String(decoding: try FileDescriptor.standardInput.readToEnd(), as: UTF8.self)
    } catch {
      throw .inputUnreadable(error)
    }
  }
}
