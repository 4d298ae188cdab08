import Connections
import Glibc
import ProcessControl
import Records
import StateFiles
package import SupervisorProtocol
package import SystemPackage
import Tasks

/// Keeps one session's bash and everything that it launches: adopts, records, limits, ends and reaps tasks.
///
/// One thread and one event loop. Nothing that happens outside may bring it down: a failure is told to whoever
/// asked, or to the task that cannot be started, and the loop goes on.
package final class Supervisor {
  let invocation: SupervisorInvocation
  let loop: EventLoop
  let ownProcessID = getpid()
  /// When bgsh was started, in clock ticks after boot: before all that its tasks have started. Nil if it had gone.
  private(set) lazy var shellStartTicks = ProcessSighting.of(invocation.shellProcessID).state?.startTicks
  let state: StateDirectory?
  /// What goes wrong here is told there; nil where there is no place for that.
  private let log: SessionLog?
  private let signals: SignalDescriptor

  /// The socket to bgsh; nil once bgsh has ended.
  private(set) var shell: BgshLink?
  /// The session's terminal; nil where there is none, or none any more.
  private var terminal: FileDescriptor?
  private var terminalWatch: EventLoop.WatchID?
  /// Tells of the end of bash where that is no child of this process.
  var bashWatch: ProcessWatch?
  /// Tell of the ends of tasks that are no children of this process.
  var orphanWatches: [TaskID: ProcessWatch] = [:]
  /// The session's bash; nil once it has ended.
  private(set) var bashProcessID: Int32?
  /// Tasks of a supervisor that died whose processes were gone already.
  var unseen: Set<TaskID> = []
  /// Whether what another supervisor has left is still to be read.
  var isTakingOver: Bool
  /// What bgsh has reported before that.
  var earlyReports: [ShellReport] = []
  /// Whether bgsh has reported everything that was there when it was asked.
  private(set) var hasReportedAll = false

  var ledger: Ledger?
  var launchDesk: LaunchDesk?
  var requestServer: RequestServer?
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

  enum Timer: Hashable {
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
    /// It could not be seen what has become of a task.
    case look(TaskID)
    /// It could not be seen what belongs to a task that is to be hung up, or to end.
    case hangUp(TaskID)
    case end(TaskID, EndedBy)
    /// bgsh, bash or the terminal could not be watched, or requests not be heard.
    case hearShell
    case watchBash
    case watchTerminal
    case hearRequests
    /// It could not be seen which children have changed.
    case reap
    /// What went wrong could not be written down.
    case writeLog
  }

  package init(invocation: SupervisorInvocation) throws(Errno) {
    self.invocation = invocation
    Self.takeRights()
    let state = invocation.stateDirectory.map { StateDirectory(path: $0) }
    self.state = state
    log = state.map { SessionLog(of: invocation.session, in: $0, author: "supervisor") }
    isTakingOver = invocation.takesOver
    loop = try EventLoop()
    for signal in [
      Signal.hangUp, .interrupt, .quit, .terminate, .pipe, .terminalStop, .terminalInput, .terminalOutput,
      // Of the limit of file sizes: writing fails then.
      .fileSizeExceeded,
    ] {
      signal.ignore()
    }
    // Ignored, as this process may have been started with it, the kernel would reap all children itself.
    Signal.childChanged.restoreDefault()
    signals = try SignalDescriptor([.childChanged])
    bashProcessID = invocation.bashProcessID
    shell = try BgshLink(
      loop: loop, descriptor: FileDescriptor(rawValue: SupervisorInvocation.Descriptor.events))
  }

  /// Runs a supervisor, and ends this process with it.
  package static func runToEnd(_ invocation: SupervisorInvocation) -> Never {
    do throws(Errno) {
      try Supervisor(invocation: invocation).run()
      _exit(0)
    } catch {
      _exit(1)
    }
  }

  /// What it makes is for its user, whatever the mask of the shell is; and it may open as many files as anybody, and as
  /// large ones.
  private static func takeRights() {
    umask(0o077)
    for resource in [RLIMIT_NOFILE, RLIMIT_FSIZE] {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur != limit.rlim_max
      else { continue }
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
  }

  /// Returns when bgsh and bash have gone and the last task has ended and is recorded.
  ///
  /// - Throws: Why another supervisor is needed, and would be told by bgsh what this one knows.
  package func run() throws(Errno) {
    if let state {
      // Without them, another supervisor may fare better; there may be one already.
      let channels = try LaunchChannels(session: invocation.session, state: state)
      let ledger = Ledger(supervisor: self, state: state)
      self.ledger = ledger
      launchDesk = LaunchDesk(supervisor: self, channels: channels, ledger: ledger)
      outputDesk = OutputDesk(supervisor: self, state: state)
    } else if invocation.takesOver {
      // There is nothing to take over.
      throw .wouldBlock
    }
    try loop.watch(signals.descriptor) { [unowned self] _ in
      while signals.next() != nil {}
      reapChildren()
    }
    listenToShell()
    if invocation.takesOver {
      watchBash()
      tell(.takenOver)
      takeOver()
    } else {
      open()
    }
    if invocation.feed == .terminal {
      terminal = FileDescriptor(rawValue: SupervisorInvocation.Descriptor.terminal)
      watchTerminal()
    }
    // A child may have ended before its signal was watched for.
    reapChildren()
    timers.add(.settleDown, at: .now.advanced(milliseconds: Patience.settleDownMilliseconds))
    while !isIdle {
      let now = MonotonicInstant.now
      ledger?.turnBegins()
      try loop.turn(milliseconds: timers.earliest.map { now.milliseconds(until: $0) })
      handleTimers()
      ledger?.flush()
      if ledger?.hasGivenUpWriting == true { throw .noMemory }
    }
    launchDesk?.close()
  }

  /// Whether nothing is left that may need a supervisor. Adopted daemons are no reason to stay.
  private var isIdle: Bool {
    guard shell == nil, bashProcessID == nil else { return false }
    if isTakingOver { return ledger?.isWithoutPlace ?? true }
    // It may find a task that has just come.
    let expectsTasks = launchDesk?.expectsTasks ?? false
    return !expectsTasks && tasks.isEmpty && remains.isEmpty && ledger?.hasUnwritten != true
  }

  private func handleTimers() {
    let now = MonotonicInstant.now
    var overdue: [TaskID] = []
    while let timer = timers.popDue(at: now) {
      switch timer {
      case .timeout(let id): if isTimedOut(id) { overdue.append(id) }
      case .checkEndings: checkEndings()
      case .inspectTrees: inspectTrees()
      case .tidy: tidy()
      case .lookAtOutputs: outputDesk?.lookAround()
      case .settleDown: ProgramText.release()
      case .silence: break
      case .unsettled: launchDesk?.giveUpSettling()
      case .offerAgain: launchDesk?.offerAgain()
      case .listenAgain:
        launchDesk?.listen()
        requestServer?.listen()
      case .write:
        ledger?.writeOutstanding()
        reapChildren()
      case .consider(let id): launchDesk?.consider(id)
      case .takeOver: takeOver()
      case .checkTerminal: checkTerminal()
      case .watchOrphan(let id): watchOrphan(id)
      case .look(let id): look(for: id)
      case .hangUp(let id): hangUp([id])
      case .end(let id, let by): end([id], by: by)
      case .hearShell: shell?.listen()
      case .watchBash: watchBash()
      case .watchTerminal: watchTerminal()
      case .hearRequests: hearRequests()
      case .reap: reapChildren()
      case .writeLog:
        log?.writePending()
        writeLogLater()
      }
    }
    if !overdue.isEmpty { end(overdue, by: .timeout) }
  }

  // MARK: The session

  /// Begins to answer.
  func open() {
    guard let launchDesk, let state else { return }
    launchDesk.open()
    hearRequests()
    keepDesk = KeepDesk(supervisor: self, state: state)
    keepDesk?.begin()
  }

  private func hearRequests() {
    guard requestServer == nil, let state else { return }
    do throws(Errno) {
      requestServer = try RequestServer(supervisor: self, directory: state.session(invocation.session))
    } catch {
      note("requests are not heard yet: \(error)")
      timers.add(.hearRequests, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  /// Drops what is not kept.
  private func tidy() {
    ledger?.attempt("dropping what is not kept") { (store) throws(StoreError) in keepDesk?.tidy(store) }
  }

  /// Keeps a line for whoever asks what went wrong.
  func note(_ text: String) {
    log?.note(text)
    writeLogLater()
  }

  private func writeLogLater() {
    if log?.isBehind == true { timers.add(.writeLog, at: .now.advanced(milliseconds: Patience.retryMilliseconds)) }
  }

  /// There may be descriptors again for those who connect.
  func listenLater(because error: Errno) {
    note("a connection waits: \(error)")
    timers.add(.listenAgain, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
  }

  private func listenToShell() {
    shell?.hear = { [unowned self] report in handle(report) }
    shell?.hasEnded = { [unowned self] in shellHasEnded() }
    shell?.isHeldUp = { [unowned self] error in
      note("bgsh is heard later: \(error)")
      timers.add(.hearShell, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
    shell?.isOverfull = { [unowned self] event in
      note("bgsh does not listen; it was not told: \(event)")
    }
    shell?.note = { [unowned self] text in note(text) }
    shell?.listen()
  }

  /// Tells bgsh, if it is still there.
  func tell(_ event: SupervisorEvent) { shell?.tell(event) }

  /// Calls `then` when no launch is under way.
  func settle(then: @escaping () -> Void) {
    guard let launchDesk else { return then() }
    launchDesk.settle(then: then)
  }

  private func shellHasEnded() {
    shell = nil
    ledger?.recordShellEnd()
    if invocation.takesOver, !isTakingOver { loseShell() }
    timers.add(.checkTerminal, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    if let bashProcessID {
      // Somebody has killed bgsh. Bash is to end as with a closed terminal, before it takes the terminal for itself.
      kill(bashProcessID, SIGHUP)
      kill(bashProcessID, SIGCONT)
    }
  }

  func handle(_ report: ShellReport) {
    guard !isTakingOver else { return earlyReports.append(report) }
    switch report {
    case .settle: settle { [unowned self] in tell(.settled) }
    case .child(let child):
      if let id = taskIDs[child.processID] { taskHasChanged(id, child) }
      ledger?.flush()
      if ledger?.lacksMemory != true { tell(.noted(processID: child.processID)) }
    case .complete:
      hasReportedAll = true
      loseUnseen()
    }
  }

  /// The leader of the terminal's session may have gone, and the terminal with it, though its device is still there.
  private func checkTerminal() {
    if let terminal, Terminal(terminal)?.foregroundGroupID == nil { terminalHasGone() }
  }

  private func watchTerminal() {
    guard let terminal else { return }
    do throws(Errno) {
      terminalWatch = try loop.watch(terminal, for: []) { [unowned self] _ in terminalHasGone() }
    } catch {
      note("the terminal is not watched yet: \(error)")
      timers.add(.watchTerminal, at: .now.advanced(milliseconds: Patience.retryMilliseconds))
    }
  }

  private func terminalHasGone() {
    guard let terminal else { return }
    self.terminal = nil
    if let terminalWatch { loop.forget(terminalWatch) }
    try? terminal.close()
    // Whoever waits for input would wait for ever.
    let waiting = tasks.values.filter { $0.state == .waitingForInput }.map(\.id)
    hangUp(waiting)
  }

  private func hangUp(_ waiting: [TaskID]) {
    do throws(Errno) {
      try send(.hangUp, toTreesOf: waiting)
      try send(.continue, toTreesOf: waiting)
    } catch {
      note("those who wait for the terminal are told later that it has gone: \(error)")
      for id in waiting { timers.add(.hangUp(id), at: .now.advanced(milliseconds: Patience.lookAgainMilliseconds)) }
    }
  }

  // MARK: Children

  /// An end is recorded first and reaped then: if this process dies in between, the status goes to bgsh. Without memory to
  /// record it that is likely.
  private func reapChildren() {
    // A task that is on record by now is known here.
    ledger?.flush()
    do throws(Errno) {
      while let seen = try ReapedChild.peek() {
        guard seen.status.isFinal else {
          // It may have changed once more.
          if let child = try ReapedChild.reap(seen.processID) { childHasChanged(child) }
          continue
        }
        Failpoint.reach(.ending)
        childHasChanged(seen)
        ledger?.flush()
        if ledger?.lacksMemory == true { return }
        ledger?.willReap()
        try ReapedChild.reap(seen.processID)
      }
    } catch {
      note("children are looked at later: \(error)")
      timers.add(.reap, at: .now.advanced(milliseconds: Patience.lookAgainMilliseconds))
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
      ledger?.keep(task)
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
    ledger?.record(state, of: id)
    if task.supervision != kept { ledger?.keep(task) }
    if state == .running, let deadline = task.deadline { timers.add(.timeout(id), at: deadline) }
  }

  /// Records the end of a task whose leader, and whose tree where bgsh ended it, has gone.
  func finish(_ id: TaskID) {
    guard let task = tasks.removeValue(forKey: id), let leaderEnd = task.leaderEnd else { return }
    let end: TaskState.End =
      task.ending?.by == .timeout ? .timedOut(leaderEnd.end) : leaderEnd.end.map { TaskState.End($0) } ?? .lost
    timers.cancel(.timeout(id))
    ledger?.record(end, of: task, leaderEnd: leaderEnd)
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
  /// How soon it is looked whether something has been told meanwhile.
  static let untoldMilliseconds: Int64 = 500
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
  /// When processes are looked at again that could not be seen: somebody waits for their end.
  static let lookAgainMilliseconds: Int64 = 50
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
