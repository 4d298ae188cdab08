import Advice
import ArgumentParser
import CProtocol
import Notices
import ProcessControl
import SystemPackage
import TaskOperations
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
    help: ArgumentHelp("Give up after this time.", valueName: "duration"), transform: CommandLineDuration.parsed)
  var timeout: Duration?

  @Flag(help: "Print an array of records at the end.")
  var json = false

  /// What the bare `wait` of the shell waits for, separated by commas, in the order of launch; `-` means that standard
  /// input has it, for there may be more than an argument holds.
  @Option(name: .customLong(BGSH_LAUNCHED_OPTION), help: .hidden)
  var launched: String?

  @Argument(help: ArgumentHelp("The tasks to wait for.", valueName: "task"))
  var references: [String] = []

  func perform() throws -> Int32 {
    let deadline = timeout.map { MonotonicInstant.now.advanced(by: $0) }
    let launched = try launched.map { (text) throws(OperationFailure) in try Self.ids(in: text) }
    let client = try TaskClient.ofCaller()
    let targets = try targets(launched: launched, by: client)
    let wait = try TaskWait(
      for: targets.compactMap { $0 }, isForAny: any, by: client, on: try TaskWatch.makeLoop())
    // Where the user wants none, nothing but the status tells of the ends.
    let showsNotices = Environment["BGSH_NOTIFY"] != "off"
    let line = WaitingLine(for: wait)
    defer { line?.erase() }
    let isOver = try wait.run(until: deadline, meanwhile: line.map { line in { line.show($0) } }) { notices in
      line?.erase()
      if showsNotices { Console.remark(NoticeBoard(notices).lines(style: Console.remarkStyle) { $0.details }) }
    }
    line?.erase()
    if json { try Console.print(.array(targets.compactMap { $0.flatMap { wait[$0.id] }?.json })) }
    guard isOver else { return ExitStatus.waitTimedOut }
    let stopped = wait.waitingForInput
    if !stopped.isEmpty {
      if showsNotices { for id in stopped { Console.complain(Remark.waitsForInput(id).description) } }
      try client.acknowledgeDue(about: stopped)
    }
    if any, let first = wait.firstEnded {
      CallingShell.current?.report(ended: [first])
      return status(of: wait[first])
    }
    CallingShell.current?.report(ended: targets.compactMap { $0?.id }.filter { wait[$0]?.state.isFinal != false })
    let withoutTask = launched == nil ? ExitStatus.noSuchTask : ExitStatus.bgshFailed
    let statuses = targets.map { $0.map { status(of: wait[$0.id]) } ?? withoutTask }
    if references.isEmpty { return statuses.first { $0 != 0 } ?? ExitStatus.done }
    return statuses.last ?? ExitStatus.done
  }

  /// The exit status that stands for a task.
  private func status(of task: BackgroundTask?) -> Int32 {
    guard let task else { return ExitStatus.noSuchTask }
    return task.shellStatus ?? ExitStatus.waitsForInput
  }

  private func targets(launched: [TaskID]?, by client: TaskClient) throws -> [BackgroundTask?] {
    guard let launched else {
      return references.isEmpty ? try client.liveTasks() : try client.namedTasks(references)
    }
    let tasks = try client.tasks(launched)
    let missing = launched.filter { tasks[$0] == nil }
    for id in missing { Console.complain(OperationFailure.noRecord(id).description) }
    CallingShell.current?.report(ended: missing)
    return launched.map { tasks[$0] }
  }

  private static func ids(in text: String) throws(OperationFailure) -> [TaskID] {
    let text = text == "-" ? try standardInput() : text
    return text.split { $0 == "," || $0.isNewline }.compactMap { Int64($0) }.map { TaskID(rawValue: $0) }
  }

  private static func standardInput() throws(OperationFailure) -> String {
    do {
      return String(decoding: try FileDescriptor.standardInput.readToEnd(), as: UTF8.self)
    } catch {
      throw .inputUnreadable(error)
    }
  }
}
