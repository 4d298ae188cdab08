import Advice
import Agents
import Connections
import Glibc
import Notices
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import TaskOperations
import Tasks

/// Does what tools are called for, and knows what is due to whom.
final class ToolService {
  let loop: EventLoop
  let clock: Clock
  private let options: ShellOptions
  private let state: StateDirectory
  let records: OpenStore
  private var sessions: [String: AgentSession] = [:]
  private var waits: [PendingWait] = []
  private var lookAlarm: Int?
  private var lastWait = 0
  /// Tasks whose ends a host learns of by asking for them.
  private var leftToHost: Set<TaskID> = []

  /// What was said about habits on this connection.
  var habits = Habits()
  /// Whether there is a database.
  var hasRecords: Bool { access(state.databasePath, F_OK) == 0 }

  /// The program that has started this one.
  let host = HostProcess.of(getpid())
  /// Answers the hooks of the host.
  private var hooks: HookListener?

  /// Called when a task was launched by a call, with the session's name.
  var launched: (String, TaskID, ToolRequest.BashCall) -> Void = { _, _, _ in }
  /// Called when something may have happened to the tasks of a session.
  var notified: (AgentSession) -> Void = { _ in }

  /// Somebody who waits for tasks.
  private struct PendingWait {
    let number: Int
    let session: AgentSession
    let tasks: [TaskID]
    let deadline: MonotonicInstant
    /// Whether it is over, with the tasks as they are now.
    let isOver: ([BackgroundTask]) -> Bool
    let then: ([BackgroundTask]) -> Void
  }

  /// - Throws: Why no tasks can be kept.
  init(loop: EventLoop, options: ShellOptions) throws(StateDirectoryError) {
    self.loop = loop
    self.options = options
    clock = Clock()
    // Nothing is made before there is something to do.
    state = try StateDirectory.locate()
    records = OpenStore(in: state)
  }

  /// Answers, from here on, the hooks of the program that has started this one.
  func serveHooks() { hooks = HookListener(loop: loop, service: self) }

  /// The session of that name; nil where nothing was asked of it yet.
  func knownSession(named name: String) -> AgentSession? { sessions[name] }

  /// The session of that name.
  func session(named name: String) -> AgentSession {
    if let session = sessions[name] { return session }
    let session = AgentSession(name: name, loop: loop, clock: clock, records: records, options: options)
    session.launched = { [unowned self] id, call in launched(name, id, call) }
    session.notified = { [unowned self, unowned session] in
      lookAtWaits()
      notified(session)
      hooks?.expect(session)
    }
    sessions[name] = session
    return session
  }

  func take(_ child: ReapedChild) {
    for session in sessions.values { session.take(child) }
  }

  /// Answers a call: now, or when it is over.
  ///
  /// - Returns: What to call when nobody waits for the answer any more: the wait ends, never a task.
  @discardableResult
  func perform(
    _ request: ToolRequest, in session: AgentSession, reply: @escaping (Reply) -> Void
  ) -> () -> Void {
    guard case .bash = request else {
      var abandon: (() -> Void)? = {}
      session.afterLaunches { [unowned self] in
        if abandon != nil { abandon = answer(request, in: session, reply: reply) }
      }
      return {
        abandon?()
        abandon = nil
      }
    }
    return answer(request, in: session, reply: reply)
  }

  private func answer(
    _ request: ToolRequest, in session: AgentSession, reply: @escaping (Reply) -> Void
  ) -> () -> Void {
    let earlier = lastWait
    switch request {
    case .bash, .wait: break
    case .output, .kill, .tasks, .notifications: habits.wentOn()
    }
    do {
      switch request {
      case .bash(let call):
        let position = session.run(call) { [unowned self] in reply(advised($0, on: call, in: session)) }
        return { session.abandon(position) }
      case .output(let call): try output(call, session, reply)
      case .kill(let reference): try kill(reference, session, reply)
      case .tasks(let includesEnded): reply(try list(session, includesEnded: includesEnded))
      case .wait(let call): try wait(call, session, reply)
      case .notifications: reply(Reply(text: "That is all that has happened."))
      }
    } catch {
      reply(Reply(text: "bgsh: \(error)", isError: true))
    }
    guard lastWait > earlier else { return {} }
    let number = earlier + 1
    return { [unowned self] in waits.removeAll { $0.number == number } }
  }

  // MARK: Records

  private func store() throws -> TaskStore {
    _ = try StateDirectory.open()
    return try records.current()
  }

  private func task(_ reference: TaskReference, _ session: AgentSession) throws -> BackgroundTask {
    session.settle()
    let store = try store()
    if case .newest = reference {
      guard let newest = try tasks(of: session, includesEnded: true).last else { throw ToolFailure.noTask(reference) }
      return newest
    }
    for id in session.sessionIDs.reversed() {
      if let task = try store.task(for: reference, in: id) { return task }
    }
    guard let task = try store.task(for: reference, in: nil) else { throw ToolFailure.noTask(reference) }
    return task
  }

  /// The tasks of a session, in the order of their launches.
  private func tasks(of session: AgentSession, includesEnded: Bool) throws -> [BackgroundTask] {
    // Before the first command nothing is made.
    guard !session.sessionIDs.isEmpty else { return [] }
    session.settle()
    let store = try store()
    try Reconciliation(state, store).run()
    var tasks: [BackgroundTask] = []
    for id in session.sessionIDs {
      tasks +=
        includesEnded
        ? try store.tasks(matching: TaskQuery(session: id, endedSince: Timestamp(milliseconds: 0)))
        : try store.liveTasks(session: id)
    }
    return tasks.sorted { $0.id.rawValue < $1.id.rawValue }
  }

  // MARK: What is due

  /// What is due to a session now, and not about to be told.
  func due(to session: AgentSession) -> [Notice] {
    let below = dueBelowHost(to: session)
    guard !session.sessionIDs.isEmpty, let store = try? records.current() else { return below }
    let due = below + ((try? store.dueNotices(of: session.sessionIDs)) ?? [])
    let owed = session.owed.map { Notice(notification: $0.notification, task: task($0.task.id) ?? $0.task) }
    return (owed + due).filter { !session.underway.contains($0.notification.id) }
  }

  /// What nobody was told of a task that an earlier connection has started.
  func dueToOthers(_ task: BackgroundTask) -> [Notice] {
    (try? records.current().dueNotices(of: [task.session])) ?? []
  }

  /// Records that it was told. What cannot be recorded is told again, and says so.
  func acknowledge(_ notices: [Notice], of session: AgentSession?) {
    let ids = notices.map(\.notification.id)
    guard !ids.isEmpty else { return }
    leftToHost.subtract(notices.filter { $0.task.state.isFinal }.map(\.task.id))
    do {
      try records.current().acknowledge(ids, by: session?.sessionIDs.last)
      session?.repeated.subtract(ids)
      session?.owed.removeAll { ids.contains($0.notification.id) }
    } catch {
      session?.repeated.formUnion(ids)
    }
  }

  // MARK: Hosts that ask for tasks

  /// Leaves the end of a task to a host that asks for it.
  func leaveToHost(_ id: TaskID) { leftToHost.insert(id) }

  /// Whether a notification is not told for now: a host that asks for the task learns of its end by that.
  func isLeftToHost(_ notice: Notice) -> Bool {
    guard leftToHost.contains(notice.task.id), let endedAt = notice.task.endedAt else { return false }
    guard Timestamp.now.milliseconds - endedAt.milliseconds < Agents.Limits.polledMilliseconds else {
      leftToHost.remove(notice.task.id)
      return false
    }
    return true
  }

  /// The session of this connection that a task belongs to; nil for another connection's.
  func session(of task: BackgroundTask) -> AgentSession? {
    sessions.values.first { $0.sessionIDs.contains(task.session) }
  }

  /// A task as it is now, whoever has started it; nil where there is none.
  func recordedTask(_ id: TaskID) -> BackgroundTask? {
    // To ask for a task makes no place for tasks.
    guard access(state.databasePath, F_OK) == 0 else { return nil }
    if let found = task(id) { return reconciled(found) }
    // It may have been launched this moment.
    for session in sessions.values { session.settle() }
    return task(id)
  }

  /// A task of a supervisor that has died is lost.
  private func reconciled(_ task: BackgroundTask) -> BackgroundTask {
    guard !task.state.isFinal, let store = try? records.current(), (try? Reconciliation(state, store).run()) != nil
    else { return task }
    return self.task(task.id) ?? task
  }

  func task(_ id: TaskID) -> BackgroundTask? { (try? records.current().task(id)) ?? nil }

  /// The lines of its output that tell what became of a task: of one that was ended, the last ones.
  static func digest(of notice: Notice) -> [String] {
    switch notice.notification.event {
    case .failed, .timedOut, .killed, .lost, .done: Digest.linesAlone(of: notice.task)
    case .skipped, .waitingForInput, .limited, .matched: []
    }
  }

  // MARK: Tools

  private func list(_ session: AgentSession, includesEnded: Bool) throws -> Reply {
    let tasks = try tasks(of: session, includesEnded: includesEnded)
    let left = session.livingLeft
    let others = left.isEmpty ? "" : "\n[left running by calls: \(AgentSession.list(left))]"
    guard !tasks.isEmpty else {
      let none = includesEnded ? "No tasks." : "No tasks are running; with \"all\": true ended ones are listed."
      return Reply(text: none + others)
    }
    return Reply(text: JSONValue.array(tasks.suffix(Self.mostListed).map { $0.shortRecord(now: .now) }).text + others)
  }

  /// More would not be read.
  private static let mostListed = 200

  private func output(
    _ call: ToolRequest.OutputCall, _ session: AgentSession, _ reply: @escaping (Reply) -> Void
  ) throws {
    let task = try task(call.task, session)
    let answer = { [unowned self] (task: BackgroundTask) in reply(readOutput(of: task, call.filter, session)) }
    guard let milliseconds = call.waitMilliseconds, !task.state.isFinal else { return answer(task) }
    wait(for: [task.id], in: session, milliseconds: milliseconds) { now in
      answer(now.first ?? task)
    }
  }

  private func readOutput(of task: BackgroundTask, _ filter: String?, _ session: AgentSession) -> Reply {
    var parts = [task.statusLine]
    var isAll = true
    for file in task.output.files {
      guard let path = task.output.path(of: file), let descriptor = try? OutputFile.open(path) else {
        parts.append("[the output of this task is not there any more]")
        continue
      }
      defer { try? descriptor.close() }
      let isFirst = file == .output
      let part = OutputPart(descriptor, from: isFirst ? session.readBytes[task.id] ?? 0 : 0, path: path)
      let pattern = filter.flatMap { try? LinePattern($0) }
      let shown = pattern.map { part.lines(matching: $0) } ?? part.bounded
      if isFirst { session.readBytes[task.id] = part.end }
      isAll = isAll && pattern == nil
      if !isFirst { parts.append("standard error:") }
      if !shown.text.isEmpty { parts.append(shown.text) }
      if shown.text.isEmpty, isFirst {
        parts.append(
          pattern != nil
            ? "[no line matches]" : part.start > 0 ? "[nothing new since it was last read]" : "[no output yet]")
      }
      if shown.text.unicodeScalars.count > Agents.Limits.shortOutputCharacters { parts.append(task.statusLine) }
    }
    return Reply(text: parts.joined(separator: "\n"), tells: task.state.isFinal && isAll ? [task.id] : [])
  }

  private func kill(_ reference: TaskReference, _ session: AgentSession, _ reply: @escaping (Reply) -> Void) throws {
    let task = try task(reference, session)
    guard !task.state.isFinal else {
      return reply(Reply(text: "Task \(task.id.rawValue) had ended already.\n\(task.statusLine)", tells: [task.id]))
    }
    do {
      try beginEnding(task)
    } catch ToolFailure.refused(let reason) {
      return reply(Reply(text: "bgsh: task \(task.id.rawValue) cannot be ended: \(reason)", isError: true))
    }
    let grace = min(task.killAfterMilliseconds + Self.killMilliseconds, Agents.Limits.longestCallMilliseconds)
    wait(for: [task.id], in: session, milliseconds: grace) { now in
      guard let now = now.first, now.state.isFinal else {
        return reply(
          Reply(text: "Task \(task.id.rawValue) was told to end and has not ended yet; its end will be told."))
      }
      reply(
        Reply(
          text: "Task \(now.id.rawValue) and all that it had started was ended.\n\(now.statusLine)", tells: [now.id]))
    }
  }

  /// Lets the supervisor end a task. One that has ended is no failure.
  func beginEnding(_ task: BackgroundTask) throws {
    guard !task.state.isFinal else { return }
    var client = try SupervisorClient(state.session(task.session), asking: .kill([task.id]))
    while let answer = try client.nextReply(timeoutMilliseconds: Self.killMilliseconds) {
      if case .refused(_, let reason) = answer, self.task(task.id)?.state.isFinal != true {
        throw ToolFailure.refused(reason)
      }
    }
  }

  private static let killMilliseconds: Int64 = 2_000

  /// What a host is shown of an ended task's output: all of it if that is little, else what matters.
  func shownLines(of task: BackgroundTask) -> [String] {
    if task.output.files.count == 1, task.output.bytes <= Int64(Agents.Limits.shortOutputCharacters),
      let file = try? OutputFile.open(task.output.path)
    {
      defer { try? file.close() }
      let text = OutputPart(file, from: 0, path: task.output.path).bounded.text
      return text.split(separator: "\n").map(String.init)
    }
    return Digest.linesAlone(of: task)
  }

  private func wait(_ call: ToolRequest.WaitCall, _ session: AgentSession, _ reply: @escaping (Reply) -> Void) throws {
    var tasks: [BackgroundTask] = []
    for reference in call.tasks { tasks.append(try task(reference, session)) }
    if call.tasks.isEmpty {
      let live = try self.tasks(of: session, includesEnded: false)
      // One that has just ended, and of which nobody knows, is waited for too.
      let ended = Dictionary(due(to: session).map { ($0.task.id, $0.task) }) { first, _ in first }.values
      let liveIDs = Set(live.map(\.id))
      tasks = (live + ended.filter { $0.state.isFinal && !liveIDs.contains($0.id) }).sorted {
        $0.id.rawValue < $1.id.rawValue
      }
    }
    let advice = habits.waited(for: tasks)
    guard !tasks.isEmpty else { return reply(Reply(text: "No tasks are running.")) }
    let pattern = call.until.flatMap { try? LinePattern($0) }
    var searched: [TaskID: LineSearch] = [:]
    for task in tasks { searched[task.id] = pattern.map { LineSearch(in: task.output.path, for: $0) } }
    let first = tasks
    let isOver = { (tasks: [BackgroundTask]) -> Bool in
      if searched.values.contains(where: { $0.look() }) { return true }
      return call.isForAny ? tasks.contains(where: \.state.isFinal) : tasks.allSatisfy(\.state.isFinal)
    }
    wait(for: tasks.map(\.id), in: session, milliseconds: call.timeoutMilliseconds, until: isOver) { now in
      let tasks = now.isEmpty ? first : now
      let ended = tasks.filter(\.state.isFinal)
      let matches = searched.filter { $0.value.match != nil }
      let hasEnded = !matches.isEmpty || (call.isForAny ? !ended.isEmpty : ended.count == tasks.count)
      var lines: [String] = []
      for task in tasks {
        lines.append(task.statusLine)
        if let match = searched[task.id]?.match {
          lines.append("  matched: \(PlainText.line(String(decoding: match.prefix(500), as: UTF8.self)))")
        }
        if task.state.isFinal { lines += Digest.linesAlone(of: task).map { "  " + PlainText.line($0) } }
      }
      if !hasEnded {
        lines.append(
          "[still running; you will be notified when it ends, so there is no need to wait: do something else]")
      }
      reply(Reply(text: lines.joined(separator: "\n"), tells: Set(ended.map(\.id))).adding(advice))
    }
  }

  // MARK: Waiting

  private func wait(
    for tasks: [TaskID], in session: AgentSession, milliseconds: Int64,
    until isOver: @escaping ([BackgroundTask]) -> Bool = { $0.allSatisfy(\.state.isFinal) },
    then: @escaping ([BackgroundTask]) -> Void
  ) {
    lastWait += 1
    waits.append(
      PendingWait(
        number: lastWait, session: session, tasks: tasks, deadline: .now.advanced(milliseconds: milliseconds),
        isOver: isOver, then: then))
    lookAtWaits()
  }

  /// Ends the waits that are over. The supervisor tells when a task has ended; what others started is looked at, and what
  /// tasks write.
  private func lookAtWaits() {
    let now = MonotonicInstant.now
    let pending = waits
    waits = []
    for wait in pending {
      let tasks = (try? records.current().tasks(wait.tasks)) ?? []
      let inOrder = wait.tasks.compactMap { id in tasks.first { $0.id == id } }
      if wait.isOver(inOrder) || wait.deadline <= now { wait.then(inOrder) } else { waits.append(wait) }
    }
    clock.cancel(lookAlarm)
    lookAlarm =
      waits.isEmpty ? nil : clock.after(Self.lookPause) { [unowned self] in lookAtWaits() }
  }

  private static let lookPause = Duration.milliseconds(50)
}

/// Why a tool cannot do what it was called for.
enum ToolFailure: Error, CustomStringConvertible {
  case noTask(TaskReference)
  /// What the supervisor says.
  case refused(String)

  var description: String {
    switch self {
    case .refused(let reason): reason
    case .noTask(.newest): "no task has been started yet"
    case .noTask(let reference): "no task \(reference); Tasks with \"all\": true lists those there are"
    }
  }
}

/// Looks for a line in what a task writes, from where it has looked before.
private final class LineSearch {
  private let path: String
  private let pattern: LinePattern
  private var position: Int64 = 0
  private var rest: [UInt8] = []
  private(set) var match: [UInt8]?

  init(in path: String, for pattern: LinePattern) {
    self.path = path
    self.pattern = pattern
  }

  /// Whether a line matches. What is not a whole line yet counts too: a question has no line feed.
  func look() -> Bool {
    if match != nil { return true }
    guard let file = try? OutputFile.open(path) else { return false }
    defer { try? file.close() }
    while match == nil, let data = file.nextData(from: position) {
      var part = [UInt8](repeating: 0, count: 1 << 16)
      let count = part.withUnsafeMutableBytes { (try? file.read(fromAbsoluteOffset: data, into: $0)) ?? 0 }
      guard count > 0 else { break }
      position = data + Int64(count)
      rest += part.prefix(count)
      let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      match = lines.first { pattern.matches($0) && !$0.isEmpty }.map { Array($0) }
      rest = Array((lines.last ?? []).suffix(1 << 16))
    }
    return match != nil
  }
}
