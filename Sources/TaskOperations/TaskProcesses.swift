import CProcess
import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Which processes belong to tasks at this moment.
final class TaskProcesses {
  private let table: ProcessTable
  private let client: TaskClient
  /// What is older, in clock ticks after boot, belongs to none of them.
  private let since: UInt64
  private var strangers: [SessionID: Set<Int32>] = [:]

  /// Looks at the processes that there are.
  ///
  /// - Parameter sessions: Those of the tasks that will be asked for; none for all.
  init(of sessions: Set<SessionID>, by client: TaskClient) throws(OperationFailure) {
    self.client = client
    let starts = sessions.map { id in
      (try? client.record(of: id)).flatMap { $0.bootID.map(Boot.isCurrent) == true ? $0.shellStartTicks : nil } ?? 0
    }
    let since = starts.min() ?? 0
    self.since = since
    table = try Self.reading { () throws(Errno) in try ProcessTable(markedBy: TaskMark.variables, since: since) }
  }

  /// The processes that ending the task would end, the leader first: of a task that has ended, what it left behind.
  func members(of task: BackgroundTask) throws(OperationFailure) -> [ProcessTree.Member] {
    try tree(of: task).members
  }

  func tree(of task: BackgroundTask) throws(OperationFailure) -> ProcessTree {
    let strangers = try strangers(of: task.session)
    return try Self.reading { () throws(Errno) in try tree(of: task, strangers: strangers) }
  }

  /// Finds what a look misses, because it ends before it has been looked at, and starts the next one; and stops it.
  func stopEvaders(
    of task: BackgroundTask, besides known: [ProcessTree.Member]
  ) throws(OperationFailure) -> [ProcessTree.Member] {
    let hunt = ProcessHunt(
      markedBy: TaskMark.variables, marks: TaskMark.values(task.id, task.session), outputs: task.output.identities,
      strangers: try strangers(of: task.session), since: since)
    return try Self.reading { () throws(Errno) in try hunt.run(sending: .stop, besides: known) }
  }

  private static func reading<Result>(_ body: () throws(Errno) -> Result) throws(OperationFailure) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw .processesUnreadable(error)
    }
  }

  private func tree(of task: BackgroundTask, strangers: Set<Int32>) throws(Errno) -> ProcessTree {
    let marks = TaskMark.values(task.id, task.session)
    let outputs = task.output.identities
    // The numbers of one that has ended may mean others by now.
    guard !task.state.isFinal, let processID = task.processID, let ticks = task.processStartTicks,
      task.bootID.map(Boot.isCurrent) == true
    else { return try ProcessTree(known: [], marks: marks, outputs: outputs, strangers: strangers, in: table) }
    let leader = ProcessTree.Member(processID: processID, startTicks: ticks)
    return try ProcessTree(
      leader: leader, known: [], marks: marks, outputs: outputs, strangers: strangers, in: table)
  }

  /// What belongs to a session and to none of its tasks: bgsh, its supervisor and its bash; and this process.
  private func strangers(of session: SessionID) throws(OperationFailure) -> Set<Int32> {
    if let known = strangers[session] { return known }
    var found: Set = [getpid()]
    // What is not known to be a stranger could be taken for what a task has left: a failure to read is one here.
    if let shell = try client.record(of: session)?.shellProcessID {
      found.insert(shell)
      for child in table.children(of: shell) {
        guard let invocation = SupervisorInvocation(arguments: Self.arguments(of: child)), invocation.session == session
        else { continue }
        found.formUnion([child, invocation.bashProcessID])
      }
    }
    strangers[session] = found
    return found
  }

  /// The tasks of a session that have processes with their mark, or of all; and tasks that somebody else may write for.
  func tracedTasks(of session: SessionID?) throws(OperationFailure) -> Set<TaskID> {
    try Self.reading { () throws(Errno) in
      let marks = try table.marks().filter { $0.count == 2 && (session == nil || session?.rawValue == $0[1]) }
      let marked = marks.compactMap { Int64($0[0]) }.map { TaskID(rawValue: $0) }
      return Set(marked + (try table.outputPaths(besides: marks)).compactMap { OutputFile.task(named: $0) })
    }
  }

  /// The command line of a process, safe to show.
  static func command(of member: ProcessTree.Member) -> String {
    for file in ["cmdline", "comm"] {
      let bytes = contents(of: file, member.processID)
      let words = Array(bytes.split { $0 == 0 || $0 == 0x0a }.joined(separator: [0x20]))
      if !words.isEmpty { return VisibleText.line(words, columnLimit: 200) }
    }
    return "?"
  }

  private static func arguments(of processID: Int32) -> [String] {
    contents(of: "cmdline", processID).split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The beginning of what the kernel says of a process.
  private static func contents(of file: String, _ processID: Int32) -> [UInt8] {
    guard let file = try? FileDescriptor.opening("/proc/\(processID)/\(file)", O_RDONLY) else { return [] }
    defer { try? file.close() }
    return (try? file.readSome(upTo: 4096)) ?? []
  }
}
