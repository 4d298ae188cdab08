import Glibc
import ProcessControl
package import SystemPackage
package import Tasks

/// Keeps one session's bash and everything that it launches: adopts, records, limits, ends and reaps tasks.
///
/// One thread and one event loop. Nothing that happens outside may bring it down: a failure is told to whoever
/// asked, or to the task that cannot be started, and the loop goes on.
package final class Supervisor {
  let invocation: SupervisorInvocation
  let loop: EventLoop
  let ownProcessID = getpid()
  /// When bgsh was started, in clock ticks after boot: before all that its tasks have started. Nil if it had gone.
  let shellStartTicks: UInt64?
  let state: StateDirectory?
  private let signals: SignalDescriptor
  private let events = FileDescriptor(rawValue: SupervisorInvocation.Descriptor.events)

  /// The socket to bgsh; nil once bgsh has ended.
  private(set) var shellConnection: FileDescriptor?
  /// The session's terminal; nil where there is none, or none any more.
  private var terminal: FileDescriptor?
  /// The session's bash; nil once it has ended.
  private(set) var bashProcessID: Int32?
  private var hasToldOfNotifications = false
  /// What bgsh has reported and was not yet a whole line.
  private var reportText = ""
  /// Tasks of a supervisor that died whose processes were gone already.
  var unseen: Set<TaskID> = []

  var launchDesk: LaunchDesk?
  var requestDesk: RequestDesk?
  var outputDesk: OutputDesk?
  var keepDesk: KeepDesk?
  var tasks: [TaskID: SupervisedTask] = [:]
  var taskIDs: [Int32: TaskID] = [:]
  /// What ended tasks left behind and somebody wants to end.
  var remains: [TaskID: SupervisedTask.Ending] = [:]
  var timers = DeadlineQueue<Timer>()
  /// How often the trees that are to end have been looked at, and when the next look is due.
  var endingRounds = 0
  var nextEndingRound: MonotonicInstant?
  var isInspectionScheduled = false

  enum Timer {
    case timeout(TaskID)
    case checkEndings
    case inspectTrees
    /// The sizes of some outputs are to be looked at.
    case lookAtOutputs
    /// What is not kept any more is to be dropped.
    case tidy
    /// The session has begun.
    case settleDown
    /// A launch has been silent for long.
    case silence
    /// Those who wait for launches to settle have waited long enough.
    case unsettled
    /// Ids may have been taken, or the reason why launches are refused may be gone.
    case offerAgain
    /// There may be descriptors again for those who connect.
    case listenAgain
    /// Something that could not be written is to be tried again.
    case write
    /// It could not be watched when the parent of a task that asks to start ends.
    case consider(TaskID)
    /// What another supervisor has left could not be read.
    case takeOver
    /// The session may be without its terminal.
    case checkTerminal
    /// It could not be watched when the process of a task ends.
    case watchOrphan(TaskID)
  }

  package init(invocation: SupervisorInvocation) throws(Errno) {
    self.invocation = invocation
    Self.takeRights()
    shellStartTicks = ProcessState(processID: invocation.shellProcessID)?.startTicks
    state = invocation.stateDirectory.map { StateDirectory(path: $0) }
    loop = try EventLoop()
    for signal in [
      Signal.hangUp, .interrupt, .quit, .terminate, .pipe, .terminalStop, .terminalInput, .terminalOutput,
      // Of leases: `OutputDesk`.
      .inputOutput,
    ] {
      signal.ignore()
    }
    // Ignored, as this process may have been started with it, the kernel would reap all children itself.
    Signal.childChanged.restoreDefault()
    signals = try SignalDescriptor([.childChanged])
    bashProcessID = invocation.bashProcessID
    shellConnection = events
    try events.stopBlocking()
  }

  /// Runs a supervisor, and ends this process with it.
  package static func runToEnd(_ invocation: SupervisorInvocation) -> Never {
    do throws(Errno) {
      try Supervisor(invocation: invocation).run()
      exit(0)
    } catch {
      exit(1)
    }
  }

  /// What it makes is for its user, whatever the mask of the shell is; and it may open as many files as anybody.
  private static func takeRights() {
    umask(0o077)
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Returns when bgsh and bash have gone and the last task has ended and is recorded.
  ///
  /// - Throws: Why another supervisor is needed, and would be told by bgsh what this one knows.
  package func run() throws(Errno) {
    if let channels = openLaunchChannels() {
      launchDesk = LaunchDesk(supervisor: self, channels: channels)
      outputDesk = state.map { OutputDesk(supervisor: self, state: $0) }
    } else if invocation.takesOver {
      // There is another supervisor, or nothing to take over.
      throw .wouldBlock
    }
    try loop.watch(signals.descriptor) { [unowned self] _ in
      while signals.next() != nil {}
      reapChildren()
    }
    if invocation.takesOver { takeOver() } else { open() }
    if invocation.feed == .terminal {
      let terminal = FileDescriptor(rawValue: SupervisorInvocation.Descriptor.terminal)
      self.terminal = terminal
      try? loop.watch(terminal, for: []) { [unowned self] _ in terminalHasGone() }
    }
    // A child may have ended before its signal was watched for.
    reapChildren()
    timers.add(.settleDown, at: .now.advanced(milliseconds: Patience.settleDownMilliseconds))
    while !isIdle {
      let now = MonotonicInstant.now
      try loop.turn(milliseconds: timers.earliest.map { now.milliseconds(until: $0) })
      handleTimers()
      launchDesk?.flush()
      if launchDesk?.hasGivenUpWriting == true { throw .noMemory }
    }
    launchDesk?.close()
  }

  /// Whether nothing is left that may need a supervisor. Adopted daemons are no reason to stay.
  private var isIdle: Bool {
    guard shellConnection == nil, bashProcessID == nil else { return false }
    // It may find a task that has just come.
    let expectsTasks = launchDesk?.expectsTasks ?? false
    return !expectsTasks && tasks.isEmpty && remains.isEmpty && launchDesk?.hasUnwritten != true
  }

  private func handleTimers() {
    let now = MonotonicInstant.now
    var overdue: [TaskID] = []
    while let timer = timers.popDue(at: now) {
      switch timer {
      case .timeout(let id): if isTimedOut(id) { overdue.append(id) }
      case .checkEndings: checkEndings()
      case .inspectTrees: inspectTrees()
      case .tidy: launchDesk?.tidy()
      case .lookAtOutputs: outputDesk?.lookAround()
      case .settleDown: ProgramText.release()
      case .silence: break
      case .unsettled: launchDesk?.giveUpSettling()
      case .offerAgain: launchDesk?.offerAgain()
      case .listenAgain:
        launchDesk?.listen()
        requestDesk?.listen()
      case .write:
        launchDesk?.writeOutstanding()
        reapChildren()
      case .consider(let id): launchDesk?.consider(id)
      case .takeOver: takeOver()
      case .checkTerminal: checkTerminal()
      case .watchOrphan(let id): watchOrphan(id)
      }
    }
    if !overdue.isEmpty { end(overdue, by: .timeout) }
  }

  // MARK: The session

  private func openLaunchChannels() -> LaunchChannels? {
    guard let state else { return nil }
    return try? LaunchChannels(session: invocation.session, state: state)
  }

  /// Begins to answer.
  func open() {
    if let launchDesk, let state {
      launchDesk.open()
      requestDesk = try? RequestDesk(supervisor: self, directory: state.session(invocation.session))
      keepDesk = KeepDesk(supervisor: self, state: state)
      keepDesk?.begin()
    }
    try? loop.watch(events) { [unowned self] _ in hearShell() }
  }

  /// Tells bgsh, if it is still there.
  ///
  /// It may be stopped, and must hold up nobody: what its socket has no room for is dropped. That there are
  /// notifications is said once.
  func tell(_ event: SupervisorEvent) {
    if event == .notified {
      guard !hasToldOfNotifications else { return }
      hasToldOfNotifications = true
    }
    shellConnection?.show(event.line)
  }

  /// Calls `then` when no launch is under way.
  func settle(then: @escaping () -> Void) {
    guard let launchDesk else { return then() }
    launchDesk.settle(then: then)
  }

  /// End of file means that bgsh has ended.
  private func hearShell() {
    guard let connection = shellConnection else { return }
    if let bytes = try? connection.readSome(), !bytes.isEmpty {
      reportText += String(decoding: bytes, as: UTF8.self)
      while let newline = reportText.firstIndex(of: "\n") {
        let report = ShellReport(line: reportText[..<newline])
        reportText.removeSubrange(...newline)
        if let report { handle(report) }
      }
      return
    }
    loop.ignore(connection)
    try? connection.close()
    shellConnection = nil
    launchDesk?.recordShellEnd()
    if invocation.takesOver { loseShell() }
    timers.add(.checkTerminal, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    if let bashProcessID {
      // Somebody has killed bgsh. Bash is to end as with a closed terminal, before it takes the terminal for itself.
      kill(bashProcessID, SIGHUP)
      kill(bashProcessID, SIGCONT)
    }
  }

  private func handle(_ report: ShellReport) {
    switch report {
    case .settle: settle { [unowned self] in tell(.settled) }
    case .child(let child):
      if let id = taskIDs[child.processID] { taskHasChanged(id, child) }
      launchDesk?.flush()
      if launchDesk?.lacksMemory != true { tell(.noted(processID: child.processID)) }
    case .complete: loseUnseen()
    }
  }

  /// The leader of the terminal's session may have gone, and the terminal with it, though its device is still there.
  private func checkTerminal() {
    if let terminal, Terminal(terminal)?.foregroundGroupID == nil { terminalHasGone() }
  }

  private func terminalHasGone() {
    guard let terminal else { return }
    self.terminal = nil
    loop.ignore(terminal)
    try? terminal.close()
    // Whoever waits for input would wait for ever.
    let waiting = tasks.values.filter { $0.state == .waitingForInput }.map(\.id)
    send(.hangUp, toTreesOf: waiting)
    send(.continue, toTreesOf: waiting)
  }

  // MARK: Children

  /// An end is recorded first and reaped then: if this process dies in between, the status goes to bgsh. Without memory to
  /// record it that is likely.
  private func reapChildren() {
    // A task that is on record by now is known here.
    launchDesk?.flush()
    while let seen = ReapedChild.peek() {
      guard seen.status.isFinal else {
        // It may have changed once more.
        if let child = ReapedChild.reap(seen.processID) { childHasChanged(child) }
        continue
      }
      Failpoint.reach(.ending)
      childHasChanged(seen)
      launchDesk?.flush()
      if launchDesk?.lacksMemory == true { return }
      launchDesk?.willReap()
      ReapedChild.reap(seen.processID)
    }
  }

  private func childHasChanged(_ child: ReapedChild) {
    if child.processID == bashProcessID, !invocation.takesOver {
      bashHasChanged(child.status)
    } else if let id = taskIDs[child.processID] {
      taskHasChanged(id, ShellReport.Child(child))
    } else if child.status.isFinal {
      launchDesk?.childHasEnded(child)
      strangerHasEnded()
    }
  }

  private func bashHasChanged(_ status: WaitStatus) {
    switch status {
    case .stopped(let signal): tell(.shellStopped(signal))
    case .continued: break
    case .exited, .signaled:
      bashProcessID = nil
      tell(.shellEnded(status))
    }
  }

  func bashHasGone() { bashProcessID = nil }

  func taskHasChanged(_ id: TaskID, _ child: ShellReport.Child) {
    // What is older than the task was another process of that number.
    guard let task = tasks[id], task.startedInstant <= child.instant else { return }
    if let end = SupervisedTask.LeaderEnd(child) { return leaderHasEnded(end, id) }
    switch child.status {
    case .stopped(.terminalInput), .stopped(.terminalOutput): enter(.waitingForInput, id)
    case .stopped: enter(.paused, id)
    default: enter(.running, id)
    }
  }

  func leaderHasEnded(_ end: SupervisedTask.LeaderEnd, _ id: TaskID) {
    guard var task = tasks[id], task.leaderEnd == nil else { return }
    task.leaderEnd = end
    tasks[id] = task
    taskIDs[task.leader.processID] = nil
    if task.ending == nil {
      finish(id)
    } else {
      launchDesk?.keep(task)
      hastenEndingRound()
    }
  }

  // MARK: States

  /// Moves a live task to another state and records it.
  func enter(_ state: TaskState.Live, _ id: TaskID) {
    guard var task = tasks[id], task.state != state else { return }
    let now = MonotonicInstant.now
    if task.state == .paused, let since = task.pausedSince {
      task.pausedMilliseconds += since.milliseconds(until: now)
      task.pausedSince = nil
    }
    if state == .paused { task.pausedSince = now }
    task.state = state
    let kept = tasks[id]?.supervision
    tasks[id] = task
    launchDesk?.record(state, of: id)
    if task.supervision != kept { launchDesk?.keep(task) }
    if state == .running, let deadline = task.deadline { timers.add(.timeout(id), at: deadline) }
  }

  /// Records the end of a task whose leader, and whose tree where bgsh ended it, has gone.
  func finish(_ id: TaskID) {
    guard let task = tasks.removeValue(forKey: id), let leaderEnd = task.leaderEnd else { return }
    let end: TaskState.End =
      task.ending?.by == .timeout ? .timedOut(leaderEnd.end) : leaderEnd.end.map { TaskState.End($0) } ?? .lost
    launchDesk?.record(end, of: task, leaderEnd: leaderEnd)
  }
}

/// Bounds of the supervisor's patience and curiosity.
enum Patience {
  /// How often the trees of running tasks are searched for a process that waits for input.
  static let inspectMilliseconds: Int64 = 1_000
  /// When what is needed only to begin is given back.
  static let settleDownMilliseconds: Int64 = 500
  /// How soon ended tasks that are not kept are dropped, how many at once, and how often that is looked at for their age.
  static let keepMilliseconds: Int64 = 20
  static let droppedAtOnce = 64
  static let keepIntervalMilliseconds: Int64 = 60_000
  /// How deep a tree is searched, and how many trees in one round.
  static let inspectedDepth = 16
  static let inspectedTasks = 64
  /// How soon after another a launch is one of many, and how many ids are offered then.
  static let hurryMilliseconds: Int64 = 10
  static let mostOffered = 16
  /// How long a launch that took an id may stay silent and keep the supervisor alive.
  static let registrationMilliseconds: Int64 = 10_000
  /// How long the loop may be held up by another user of the database, and when what failed is tried again.
  static let busyMilliseconds: Int32 = 100
  /// How long that may go on until launches are refused; shells wait for twice as long.
  static let longBusyMilliseconds: Int64 = 5_000
  static let retryMilliseconds: Int64 = 500
  /// How long what is to be written waits for memory before another supervisor is to try; bgsh gives them up when they die
  /// more than five times in 10 s.
  static let memoryMilliseconds: Int64 = 2_000
  /// The same where there is nobody to start another one.
  static let longMemoryMilliseconds: Int64 = 60_000
  /// With as little space left the log of the database is to be short. Shells launch nothing with a quarter of it.
  static let scarceBytes: Int64 = 1 << 20
  /// How many launches may stand in the list of those that were confirmed before it is emptied.
  static let confirmedLaunches = 1_000
  /// How soon it is looked whether ids have been taken, where nothing tells.
  static let offerSoonMilliseconds: Int64 = 20
  /// How long a refusal stands before it is thought over.
  static let offerMilliseconds: Int64 = 2_000
  /// How long an answer to a request to settle may take.
  static let settleMilliseconds: Int64 = 2_000
  /// First and longest pause between two looks at a tree that is to end.
  static let firstCheckMilliseconds: Int64 = 4
  static let longestCheckMilliseconds: Int64 = 256
  /// The pause where all that is left of such trees is out of reach.
  static let stuckMilliseconds: Int64 = 2_000
}
