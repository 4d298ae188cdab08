import Agents
import BashEngine
import BashSyntax
import CProtocol
import Connections
import Glibc
import Notices
import ProcessControl
import Records
import StateFiles
import SystemPackage
import Tasks

/// One shell of a connection, by its name, with what was asked of it: foreground calls run in it in their order, and
/// launches start from it, or from its copy while it is busy.
final class AgentSession {
  let name: String
  let loop: EventLoop
  let clock: Clock
  private let records: OpenStore
  let options: ShellOptions

  var host: ShellHost?
  /// Whether its bash has ever come to rest.
  private var hasRested = false
  /// Hosts whose shells have gone: their tasks run on.
  var formerHosts: [ShellHost] = []
  /// The shell, while it has nothing to do.
  var shell: RestingShell?
  var current: ForegroundCall?
  private var waiting: [Request] = []
  private var launches: [Request] = []
  private var launching: Launch?
  /// What is to be done when nothing is being launched.
  private var postponed: [() -> Void] = []
  private var lastNumber = 0
  /// The calls that have become tasks and whose shells have not come to rest, by their numbers.
  var promoted: [Int: Promoted] = [:]
  /// The call whose copy is to go on, and has not said that it is there.
  var awaitedCopy: Int?
  /// What calls have left running, and what of it has ended and nobody has been told.
  var leftProcesses: [LeftProcess] = []
  var endedProcesses: [LeftProcess] = []
  /// Files of calls that have left more than was shown.
  private var keptOutputs: [String] = []
  /// Whether the next result is to say that the shell is a new one.
  var owesRestartNote = false

  /// What is known of a task that has been read.
  var readBytes: [TaskID: Int64] = [:]
  /// Notifications that may have been told already.
  var repeated: Set<Int64> = []
  /// Notifications that stand in a result which is being written.
  var underway: Set<Int64> = []
  /// Notifications that were told and recorded, and that nobody has read.
  var owed: [Notice] = []

  /// Called with a task that has just been launched by a call.
  var launched: (TaskID, ToolRequest.BashCall) -> Void = { _, _ in }
  /// Called when something has happened to a task.
  var notified: () -> Void = {}

  /// A call that waits for its turn.
  private struct Request {
    /// How many came before it.
    let position: Int
    let arrival = MonotonicInstant.now
    let call: ToolRequest.BashCall
    let reply: (Reply) -> Void
  }

  private var requestCount = 0

  /// A launch that a shell is making.
  private struct Launch {
    let number: Int
    let call: ToolRequest.BashCall
    let shell: RestingShell
    let messages: String
    let reply: (Reply) -> Void
  }

  init(name: String, loop: EventLoop, clock: Clock, records: OpenStore, options: ShellOptions) {
    self.name = name
    self.loop = loop
    self.clock = clock
    self.records = records
    self.options = options
  }

  private var hosts: [ShellHost] { formerHosts + (host.map { [$0] } ?? []) }

  /// The sessions to which its tasks belong.
  var sessionIDs: [SessionID] { hosts.map(\.session) }

  /// Waits, not for long, until what has been launched is on record.
  func settle() {
    for host in hosts { host.settle() }
  }

  func take(_ child: ReapedChild) {
    for host in hosts { host.take(child) }
  }

  func takeLaunchFailures() -> [String] { hosts.flatMap { $0.takeLaunchFailures() } }

  /// Runs a call, or launches it.
  ///
  /// - Returns: A number by which it can be abandoned.
  @discardableResult
  func run(_ call: ToolRequest.BashCall, reply: @escaping (Reply) -> Void) -> Int {
    requestCount += 1
    let request = Request(position: requestCount, call: call, reply: reply)
    if call.runsInBackground { launches.append(request) } else { waiting.append(request) }
    goOn()
    return request.position
  }

  /// Nobody waits for the reply any more: what has not begun does not begin, and what runs goes on as a task.
  func abandon(_ position: Int) {
    launches.removeAll { $0.position == position }
    waiting.removeAll { $0.position == position }
    if let call = current, call.position == position { promote(call) }
  }

  // MARK: The next step

  func goOn() {
    guard launching == nil else { return }
    if launches.isEmpty { runPostponed() }
    guard !launches.isEmpty || current == nil && !waiting.isEmpty else { return }
    do throws(ShellHostFailure) {
      let host = try usableHost()
      guard let resting = shell ?? current?.copy else { return }
      let next = current == nil ? waiting.first : nil
      if let launch = launches.first, launch.position < next?.position ?? .max {
        self.launch(launches.removeFirst(), from: resting, of: host)
      } else if next != nil {
        begin(waiting.removeFirst(), in: resting, of: host)
      }
    } catch {
      fail("\(error)")
    }
  }

  /// The host, which is started where there is none.
  private func usableHost() throws(ShellHostFailure) -> ShellHost {
    if let host { return host }
    let state: StateDirectory
    do throws(StateDirectoryError) {
      state = try StateDirectory.open()
    } catch {
      throw ShellHostFailure("no shell can be started: \(error)")
    }
    let host = try ShellHost(loop: loop, records: records, state: state, options: options)
    host.calls.heard = { [unowned self, unowned host] shell, report in hear(report, from: shell, of: host) }
    host.calls.lost = { [unowned self] shell in lose(shell) }
    host.processEnded = { [unowned self, unowned host] processID, status in
      processHasEnded(processID, status, of: host)
    }
    host.notified = { [unowned self] in notified() }
    self.host = host
    hasRested = false
    clock.after(Self.longestStart) { [unowned self, weak host] in
      guard let host, host === self.host, !hasRested else { return }
      leaveHost(
        "bash has not come to its first command within \(Self.longestStart.components.seconds) s; look at its startup files"
      )
    }
    return host
  }

  /// Login files may take their time.
  private static let longestStart = Duration.seconds(30)

  /// Nothing that waits can be done.
  private func fail(_ reason: String) {
    let all = launches + waiting
    (launches, waiting) = ([], [])
    for request in all { request.reply(Reply(text: "bgsh: \(reason)", isError: true)) }
    runPostponed()
  }

  // MARK: What comes behind launches

  /// Calls when no launch is under way or waiting: whoever asks about tasks means those, too. After a while it calls all the
  /// same.
  func afterLaunches(_ body: @escaping () -> Void) {
    guard launching != nil || !launches.isEmpty else { return body() }
    postponed.append(body)
    clock.after(Self.longestPostponement) { [unowned self] in runPostponed() }
  }

  private func runPostponed() {
    let bodies = postponed
    postponed = []
    for body in bodies { body() }
  }

  private static let longestPostponement = Duration.seconds(5)

  // MARK: Shells

  private func hear(_ report: RestingShell.Report, from shell: RestingShell, of host: ShellHost) {
    switch report {
    case .shell(let rest):
      hasRested = true
      if let launching, launching.shell === shell {
        end(launching, status: rest.status, task: rest.task, of: host)
      } else if let call = current, call.number == rest.number, call.runner == rest.processID {
        call.rest = rest
        // While it is being ended it may be killed yet, and it may be a task by now: the copy is kept.
        guard call.killInstant == nil, call.promotion == nil else {
          call.returned = shell
          return
        }
        take(shell, back: call)
        finish(call, .exited(rest.status))
      } else if let task = promoted[rest.number], task.runner == rest.processID {
        promoted[rest.number] = nil
        shell.end(rest.number, outputPath: task.outputPath)
      } else if self.shell == nil, current == nil {
        self.shell = shell
      } else {
        shell.dismiss()
      }
    case .begun(let number):
      if let call = current, call.number == number, call.ordered === shell { noteBeginning(of: call) }
    case .copy(let number, let processID):
      if awaitedCopy == number, self.shell == nil {
        awaitedCopy = nil
        self.shell = shell
        return goOn()
      }
      guard let call = current, call.number == number, self.shell == nil else { return shell.dismiss() }
      call.copy = shell
      call.copyProcessID = processID
      shell.directory = call.workingDirectory
      if call.end != nil, call.killInstant == nil { restore(call) }
    }
    goOn()
  }

  /// The shell has come back from a call: the copy is not needed.
  func take(_ shell: RestingShell, back call: ForegroundCall) {
    self.shell = shell
    // One that is launching a task ends after that.
    if let copy = call.copy, launching?.shell !== copy { copy.dismiss() }
    call.copy = nil
  }

  private func lose(_ shell: RestingShell) {
    if let call = current, call.ordered === shell { noteBeginning(of: call) }
    if launching?.shell === shell, let launch = launching {
      launching = nil
      launch.reply(
        Reply(text: "bgsh: the shell has gone while it started the task; 'Tasks' shows whether it runs", isError: true))
    }
    if current?.copy === shell { current?.copy = nil }
    if current?.returned === shell { current?.returned = nil }
    // It was at rest: somebody has ended it.
    if self.shell === shell { leaveHost(nil) }
    goOn()
  }

  private func processHasEnded(_ processID: Int32, _ status: WaitStatus, of host: ShellHost) {
    guard host === self.host else { return }
    if let call = current, call.runner == processID {
      guard call.end == nil else { return }
      call.end = .gone(status)
      if call.killInstant == nil, call.promotion == nil { restore(call) }
    } else if processID == host.bashProcessID, !hasRested {
      leaveHost("bash cannot be used: it ended at its start, with status \(status.shellStatus)")
    }
  }

  /// The copy takes the place of the shell that a call has not come back from.
  func restore(_ call: ForegroundCall) {
    if let copy = call.copy {
      call.copy = nil
      shell = copy
      if let end = call.end { finish(call, end, wasRestored: true) }
    } else {
      // It has connected before the call began, if there is one.
      clock.cancel(call.alarm)
      call.alarm = clock.after(Self.longestCopy) { [unowned self] in
        if current === call { leaveHost(nil) }
      }
    }
  }

  static let longestCopy = Duration.seconds(1)

  /// The next call needs another host.
  func leaveHost(_ reason: String?) {
    if let host { formerHosts.append(host) }
    host = nil
    shell = nil
    owesRestartNote = reason == nil
    if let reason { fail(reason) }
    if let call = current { finish(call, call.end ?? .unknown) }
  }

  // MARK: Foreground calls

  private func begin(_ next: Request, in shell: RestingShell, of host: ShellHost) {
    lastNumber += 1
    guard let runner = shell.processID else { return }
    let call: ForegroundCall
    do throws(Errno) {
      call = try ForegroundCall(
        number: lastNumber, position: next.position, request: next.call, directory: host.state.session(host.session),
        runner: runner, shell: shell, earlier: host.descendants(), reply: next.reply)
    } catch {
      next.reply(Reply(text: "bgsh: the output of a call cannot be kept: \(error)", isError: true))
      return goOn()
    }
    current = call
    self.shell = nil
    setAlarms(for: call, arrival: next.arrival)
    bound(call)
    shell.send(
      .init(kind: .run, number: call.number, outputPath: call.outputPath, text: Array(next.call.command.utf8)))
  }

  private func bound(_ call: ForegroundCall) {
    call.outputAlarm = clock.after(ForegroundCall.boundPause) { [unowned self] in
      guard current === call else { return }
      call.boundOutput()
      bound(call)
    }
  }

  func finish(_ call: ForegroundCall, _ end: CallEnd, wasRestored: Bool = false) {
    current = nil
    cancelAlarms(of: call)
    call.boundOutput()
    // It is found before the next call begins. Most that is there still ends within a moment.
    let left = end.hasEndedEverything ? [] : findLeft(by: call)
    if left.isEmpty {
      answer(call, end, wasRestored: wasRestored, left: [])
    } else {
      clock.after(Self.leftDelay) { [unowned self] in
        answer(call, end, wasRestored: wasRestored, left: left.filter(\.isThere).map { LeftProcess($0.member) })
      }
    }
    goOn()
  }

  private static let leftDelay = Duration.milliseconds(30)

  private func answer(_ call: ForegroundCall, _ end: CallEnd, wasRestored: Bool, left: [LeftProcess]) {
    watch(left)
    let output = call.output
    var text = CallText.text(
      output: output, end: end, milliseconds: call.milliseconds, wasRestored: wasRestored,
      pipeStatus: wasRestored ? nil : call.rest?.pipeStatus,
      left: left.isEmpty ? nil : CallText.left(left.count, Self.list(left), areKept: options.keepsTasks))
    if call.hasDropped {
      let kept = Tasks.Limits.outputLimitBytes >> 21
      text += "\n[more was written than is kept of it: the first and the last \(kept) MiB]"
    }
    if output.isWhole { unlink(call.outputPath) } else { keep(call.outputPath) }
    if owesRestartNote, host != nil {
      owesRestartNote = false
      text = CallText.restarted + "\n" + text
    }
    call.reply(Reply(text: text, isError: end.isError))
  }

  private func keep(_ path: String) {
    keptOutputs.append(path)
    if keptOutputs.count > Self.mostKeptOutputs { unlink(keptOutputs.removeFirst()) }
  }

  private static let mostKeptOutputs = 20

  // MARK: Ending a call

  /// Ends a call with all that it has started: TERM and CONT, the grace, KILL.
  func end(_ call: ForegroundCall) {
    guard let host, call.killInstant == nil else { return }
    // What is a task by then its supervisor ends.
    guard call.promotion == nil else {
      call.isOverdue = true
      return
    }
    call.killInstant = .now.advanced(milliseconds: Tasks.Limits.killAfterMilliseconds)
    let members = members(of: call, host)
    ProcessTree.send(.terminate, to: members)
    ProcessTree.send(.continue, to: members)
    press(call, asked: members)
  }

  /// Looks again, soon, and asks who has appeared meanwhile.
  private func press(_ call: ForegroundCall, asked: Set<ProcessTree.Member>) {
    call.alarm = clock.after(Self.pressPause) { [unowned self] in
      guard current === call, let host, let killInstant = call.killInstant else { return }
      let members = members(of: call, host)
      guard !members.isEmpty else { return settleEnd(call) }
      let isOver = killInstant <= .now
      ProcessTree.send(isOver ? .kill : .terminate, to: isOver ? members : members.subtracting(asked))
      press(call, asked: members.union(asked))
    }
  }

  private static let pressPause = Duration.milliseconds(20)

  /// All has gone.
  private func settleEnd(_ call: ForegroundCall) {
    call.killInstant = nil
    let end = CallEnd.timedOut(limitMilliseconds: call.limitMilliseconds ?? call.milliseconds)
    call.end = end
    guard let returned = call.returned, ProcessSighting.of(call.runner).state?.isZombie == false else {
      return restore(call)
    }
    take(returned, back: call)
    finish(call, end)
  }

  /// What the call has started and is there now, and the shell process that runs it; nothing of a task's.
  private func members(of call: ForegroundCall, _ host: ShellHost) -> Set<ProcessTree.Member> {
    var members = host.descendants().subtracting(call.earlier)
    for member in call.earlier where member.processID == call.runner { members.insert(member) }
    let excluded: Set<Int32> = [call.returned?.processID ?? 0, call.copy?.processID ?? 0]
    members = members.filter { !excluded.contains($0.processID) }
    // Those that have gone meanwhile are no reason to wait.
    members = members.filter { if case .gone = $0.sighting { false } else { true } }
    guard !members.isEmpty else { return [] }
    do {
      return members.subtracting(try membersOfTasks(host))
    } catch {
      // What may be a task's is left alone.
      return members.filter { $0.processID == call.runner }
    }
  }

  func membersOfTasks(_ host: ShellHost) throws -> Set<ProcessTree.Member> {
    host.settle()
    let tasks = try records.current().liveTasks(session: host.session)
    guard !tasks.isEmpty else { return [] }
    let table = try ProcessTable(markedBy: TaskMark.variables)
    var members: Set<ProcessTree.Member> = []
    for task in tasks {
      guard let processID = task.processID, let startTicks = task.processStartTicks else { continue }
      let tree = try ProcessTree(
        leader: .init(processID: processID, startTicks: startTicks), known: [],
        marks: TaskMark.values(task.id, task.session), outputs: task.output.identities,
        strangers: [getpid(), host.supervisorProcessID, host.bashProcessID], in: table)
      members.formUnion(tree.members)
    }
    return members
  }

  // MARK: Launches

  private func launch(_ next: Request, from shell: RestingShell, of host: ShellHost) {
    lastNumber += 1
    let path = "\(host.state.session(host.session).path)/call-\(lastNumber)"
    do {
      try FileDescriptor.opening(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600).close()
    } catch {
      next.reply(Reply(text: "bgsh: no task can be started: \(error)", isError: true))
      return goOn()
    }
    launching = Launch(number: lastNumber, call: next.call, shell: shell, messages: path, reply: next.reply)
    shell.send(
      .init(kind: .evaluate, number: lastNumber, outputPath: path, text: Self.code(for: next.call)))
  }

  /// What the shell evaluates to launch a call.
  private static func code(for call: ToolRequest.BashCall) -> [UInt8] {
    var flags: [String] = []
    if let timeout = call.timeoutMilliseconds { flags += ["--timeout", "\(timeout)ms"] }
    if let name = call.name { flags += ["--name", name] }
    if let description = call.description { flags += ["--desc", description] }
    if let pattern = call.notifyPattern { flags += ["--notify-on", pattern] }
    let code = Rewriter.relaunch(Array(call.command.utf8), flags: flags.map { Array($0.utf8) })
    return Array("\\builtin unset -v \(BGSH_TASK_VARIABLE)\n".utf8) + code
  }

  private func end(_ launch: Launch, status: Int32, task: String, of host: ShellHost) {
    launching = nil
    if launch.shell !== shell, launch.shell !== current?.copy { launch.shell.dismiss() }
    let messages = (try? FileDescriptor.opening(launch.messages, O_RDONLY).readToEnd()) ?? []
    unlink(launch.messages)
    guard status == 0, let number = Int64(task) else {
      let reason = PlainText.output(messages)
      return launch.reply(
        Reply(text: reason.isEmpty ? "bgsh: the task could not be started" : reason, isError: true))
    }
    let id = TaskID(rawValue: number)
    launched(id, launch.call)
    var text =
      "Background task started. ID: \(number). Output: \(host.state.outputFile(of: id)). You will be notified when it ends."
    if owesRestartNote {
      owesRestartNote = false
      text = CallText.restarted + "\n" + text
    }
    launch.reply(Reply(text: text, launched: id))
  }
}
