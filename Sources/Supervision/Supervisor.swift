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
  let session: SupervisedSession
  let loop: EventLoop
  let timers = Timers()
  let state: StateDirectory?
  private let signals: SignalDescriptor
  private lazy var reapTimer = timers.timer { [unowned self] in reapChildren() }

  /// The socket to bgsh; nil once bgsh has ended.
  var bgsh: BgshLink?
  lazy var hearBgshTimer = timers.timer { [unowned self] in bgsh?.listen() }
  /// The session's terminal; nil where there is none, or none any more.
  var terminal: SessionTerminal?

  let processes: any Processes
  let ledger: Ledger?
  let roster: TaskRoster
  let endings: Endings
  let takeover: Takeover
  private let inspection: TreeInspection
  private let leftBehind: LeftBehind
  private(set) var launches: Launches?
  private lazy var listenTimer = timers.timer { [unowned self] in
    launches?.listen()
    requestServer?.listen()
  }
  var requestServer: RequestServer?
  lazy var hearRequestsTimer = timers.timer { [unowned self] in hearRequests() }
  private var outputWatch: OutputWatch?
  var retention: Retention?

  package init(invocation: SupervisorInvocation) throws(Errno) {
    Self.takeRights()
    let state = invocation.stateDirectory.map { StateDirectory(path: $0) }
    self.state = state
    session = SupervisedSession(
      invocation, timers: timers, log: state.map { SessionLog(of: invocation.session, in: $0, author: "supervisor") })
    loop = try EventLoop()
    processes = KernelProcesses(loop: loop)
    ledger = state.map { [session] in Ledger(session: session, state: $0) }
    roster = TaskRoster(timers: timers, ledger: ledger)
    endings = Endings(
      session: session, roster: roster, ledger: ledger, trees: KernelTaskTrees(session: session, state: state))
    takeover = Takeover(session: session, roster: roster, ledger: ledger, processes: processes)
    inspection = TreeInspection(session: session, roster: roster)
    leftBehind = LeftBehind(session: session, roster: roster)
    roster.countsLeft = { [unowned leftBehind] task in leftBehind.count(after: task) }
    leftBehind.hasFewer = { [unowned ledger] id, count in ledger?.record(leftProcesses: count, of: id) }
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
    let bgsh = try BgshLink(
      loop: loop, descriptor: FileDescriptor(rawValue: SupervisorInvocation.Descriptor.events),
      tellsEachNotification: invocation.feed != .source)
    self.bgsh = bgsh
    session.tellBgsh = { [unowned bgsh] event in bgsh.tell(event) }
    connect()
  }

  /// What one part of the supervisor needs of another.
  private func connect() {
    ledger?.liveTasks = { [unowned self] in roster.all }
    ledger?.hasChanged = { [unowned self] id, state in requestServer?.tellWatchers(of: id, state: state) }
    ledger?.finalOutput = { [unowned self] id in outputWatch?.release(id) }
    ledger?.hasRecordedEnd = { [unowned self] store in retention?.taskHasEnded(store) }
    ledger?.hasRetried = { [unowned self] in reapChildren() }
    roster.hasBegun = { [unowned self] task in
      outputWatch?.watch(task)
      inspection.schedule()
      // It was launched before bgsh went, and has come after that.
      if !session.hasBgsh, session.invocation.endsWithShell || task.row.endsWithShell {
        endings.end([task.id], by: .session)
      }
    }
    takeover.reads = { [unowned self] () throws(StoreError) in try launches?.takeOver() ?? [] }
    takeover.hasRead = { [unowned self] in
      launches?.offerIDs()
      open()
    }
    takeover.hasLostBgsh = { [unowned endings] in endings.endWithShell() }
    takeover.hears = { [unowned self] report in handle(report) }
    takeover.resumesEnd = { [unowned self] id, by in endings.end([id], by: by, isUnderWay: true) }
  }

  /// Takes the lock of the session's directory.
  private func makeLaunches(in state: StateDirectory, _ ledger: Ledger) throws(Errno) -> Launches {
    let launches = try Launches(
      session: session, state: state, ledger: ledger, roster: roster, loop: loop, processes: processes)
    launches.isHeldUp = { [unowned self] error in listenLater(because: error) }
    launches.tidies = { [unowned self] store in retention?.tidy(store) }
    launches.applicants.learnsEnd = { [unowned takeover] parentID in takeover.learnsEnd(ofChildOf: parentID) }
    launches.applicants.hasStarted = { [unowned self] id, record in
      takeover.watchIfOrphan(id)
      ledger.attempt("hearing what is to be kept") { (store) throws(StoreError) in
        retention?.hear(record.keep, from: store)
      }
    }
    launches.applicants.hasAdopted = { [unowned takeover] id in takeover.watchIfOrphan(id) }
    return launches
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
    try begin()
    timers.timer { ProgramText.release() }.set(in: Patience.settleDownMilliseconds)
    while !isIdle {
      ledger?.turnBegins()
      try loop.turn(milliseconds: timers.pause)
      timers.run()
      endings.endOverdue()
      ledger?.flush()
      launches?.replenish()
      if ledger?.hasGivenUpWriting == true { throw .noMemory }
    }
    launches?.close()
  }

  /// A shell waits for its first id: what that does not need comes after it.
  private func begin() throws(Errno) {
    let takesOver = session.invocation.takesOver
    if let state, let ledger {
      // Without them, another supervisor may fare better; there may be one already.
      launches = try makeLaunches(in: state, ledger)
    } else if takesOver {
      // There is nothing to take over.
      throw .wouldBlock
    }
    if !takesOver { launches?.offerIDs() }
    try launches?.makeDoor()
    if let state, let ledger { watchOutputs(in: state, ledger) }
    try loop.watch(signals.descriptor) { [unowned self] _ in
      while signals.next() != nil {}
      reapChildren()
    }
    hearBgsh()
    if takesOver { takeover.begin() } else { open() }
    if session.invocation.feed == .terminal { watchTerminal() }
    // A child may have ended before its signal was watched for.
    reapChildren()
  }

  private func watchOutputs(in state: StateDirectory, _ ledger: Ledger) {
    let watch = OutputWatch(session: session, roster: roster, ledger: ledger, state: state, loop: loop)
    watch.ends = { [unowned self] id, by in endings.end([id], by: by) }
    outputWatch = watch
  }

  /// Whether nothing is left that may need a supervisor. Adopted daemons are no reason to stay.
  private var isIdle: Bool {
    guard !session.hasBgsh, session.bashProcessID == nil else { return false }
    if takeover.isUnderWay { return ledger?.isWithoutPlace ?? true }
    // It may find a task that has just come.
    let expectsTasks = launches?.expectsTasks ?? false
    return !expectsTasks && roster.isEmpty && !endings.hasRemains && ledger?.hasUnwritten != true
  }

  // MARK: Later

  /// There may be descriptors again for those who connect.
  func listenLater(because error: Errno) {
    session.note("a connection waits: \(error)")
    listenTimer.set(in: Patience.retryMilliseconds)
  }

  func reapLater(because error: Errno) {
    session.note("children are looked at later: \(error)")
    reapTimer.set(in: Patience.lookAgainMilliseconds)
  }
}
