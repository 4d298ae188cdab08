import Connections
import Glibc
import ProcessControl
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
  let timers = Timers()
  let ownProcessID = getpid()
  /// When bgsh was started, in clock ticks after boot: before all that its tasks have started. Nil if it had gone.
  private(set) lazy var shellStartTicks = ProcessSighting.of(invocation.shellProcessID).state?.startTicks
  let state: StateDirectory?
  /// What goes wrong here is told there; nil where there is no place for that.
  private let log: SessionLog?
  private lazy var logTimer = timers.timer { [unowned self] in writeLog() }
  private let signals: SignalDescriptor
  private lazy var reapTimer = timers.timer { [unowned self] in reapChildren() }

  /// The socket to bgsh; nil once bgsh has ended.
  var bgsh: BgshLink?
  lazy var hearBgshTimer = timers.timer { [unowned self] in bgsh?.listen() }
  /// The session's terminal; nil where there is none, or none any more.
  var terminal: SessionTerminal?
  /// The session's bash; nil once it has ended.
  var bashProcessID: Int32?

  private(set) var ledger: Ledger?
  private(set) var launches: Launches?
  private lazy var listenTimer = timers.timer { [unowned self] in
    launches?.listen()
    requestServer?.listen()
  }
  var requestServer: RequestServer?
  lazy var hearRequestsTimer = timers.timer { [unowned self] in hearRequests() }
  private(set) var outputWatch: OutputWatch?
  var retention: Retention?
  private(set) lazy var endings = Endings(supervisor: self)
  private(set) lazy var inspection = TreeInspection(supervisor: self)
  private(set) lazy var takeover = Takeover(supervisor: self)

  var tasks: [TaskID: SupervisedTask] = [:]
  /// The tasks whose leaders have not ended, by the leaders.
  var taskIDs: [Int32: TaskID] = [:]
  lazy var timeoutTimer = timers.taskTimer { [unowned self] id in endings.timeHasCome(for: id) }

  package init(invocation: SupervisorInvocation) throws(Errno) {
    self.invocation = invocation
    Self.takeRights()
    let state = invocation.stateDirectory.map { StateDirectory(path: $0) }
    self.state = state
    log = state.map { SessionLog(of: invocation.session, in: $0, author: "supervisor") }
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
    bgsh = try BgshLink(
      loop: loop, descriptor: FileDescriptor(rawValue: SupervisorInvocation.Descriptor.events),
      tellsEachNotification: invocation.feed == .calls)
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
    if let state {
      // Without them, another supervisor may fare better; there may be one already.
      let ledger = Ledger(supervisor: self, state: state)
      self.ledger = ledger
      launches = try Launches(supervisor: self, state: state, ledger: ledger)
    } else if invocation.takesOver {
      // There is nothing to take over.
      throw .wouldBlock
    }
    if !invocation.takesOver { launches?.offerIDs() }
    try launches?.makeDoor()
    if let state { outputWatch = OutputWatch(supervisor: self, state: state) }
    try loop.watch(signals.descriptor) { [unowned self] _ in
      while signals.next() != nil {}
      reapChildren()
    }
    hearBgsh()
    if invocation.takesOver { takeover.begin() } else { open() }
    if invocation.feed == .terminal { watchTerminal() }
    // A child may have ended before its signal was watched for.
    reapChildren()
  }

  /// Whether nothing is left that may need a supervisor. Adopted daemons are no reason to stay.
  private var isIdle: Bool {
    guard bgsh == nil, bashProcessID == nil else { return false }
    if takeover.isUnderWay { return ledger?.isWithoutPlace ?? true }
    // It may find a task that has just come.
    let expectsTasks = launches?.expectsTasks ?? false
    return !expectsTasks && tasks.isEmpty && !endings.hasRemains && ledger?.hasUnwritten != true
  }

  // MARK: Later

  /// Keeps a line for whoever asks what went wrong.
  func note(_ text: String) {
    log?.note(text)
    if log?.isBehind == true { logTimer.set(in: Patience.retryMilliseconds) }
  }

  private func writeLog() {
    log?.writePending()
    if log?.isBehind == true { logTimer.set(in: Patience.retryMilliseconds) }
  }

  /// There may be descriptors again for those who connect.
  func listenLater(because error: Errno) {
    note("a connection waits: \(error)")
    listenTimer.set(in: Patience.retryMilliseconds)
  }

  func reapLater(because error: Errno) {
    note("children are looked at later: \(error)")
    reapTimer.set(in: Patience.lookAgainMilliseconds)
  }
}
