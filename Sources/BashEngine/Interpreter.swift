package import Connections
import Glibc
package import ProcessControl
import StateFiles
package import SupervisorProtocol
package import SystemPackage

/// The bash process of a session and its supervisor, as bgsh sees them: how bash ends, and whether launches have settled.
///
/// When a supervisor dies, bash and the tasks become children of this process. A new supervisor takes its place, and this
/// process tells it what becomes of them. Waiting turns the event loop, so whatever else is registered there goes on.
package final class Interpreter {
  private let loop: EventLoop
  private var supervisor: SupervisorStart.Channels
  private var connection: Connection
  private var isSettling = false
  private var due: [[UInt8]] = []
  private var launchFailures: [String] = []

  /// What has become of children that no supervisor has noted yet.
  private var reports: [Int32: ShellReport.Child] = [:]
  /// Whether the supervisor wants to be told of them.
  private var reportsChildren = false
  private var deaths: [MonotonicInstant] = []

  /// How bash ended, once it has.
  package private(set) var end: WaitStatus?
  package let processID: Int32
  /// Whether bash is a child of this process, since its supervisor has gone.
  package private(set) var hasAdopted = false
  /// Whether there is no supervisor any more although bash is still there.
  package private(set) var hasLostSupervisor = false
  /// Whether the session has ever had anything to tell.
  package private(set) var hasNotifications = false

  /// Starts another supervisor in the place of one that has died; nil if that cannot be done.
  package var replaceSupervisor: () -> SupervisorStart.Channels? = { nil }
  /// Keeps a line for whoever asks what went wrong.
  package var note: (String) -> Void = { _ in }
  /// Called when the supervisor has gone for good although bash is still there.
  package var supervisorLost: (SupervisorError) -> Void = { _ in }
  /// Called when bash has been stopped, by a signal or by `suspend`.
  package var shellStopped: (Signal) -> Void = { _ in }
  /// Called when a process has ended that may be a shell of calls; bash is one, too.
  package var processEnded: (Int32, WaitStatus) -> Void = { _, _ in }
  /// Called when something has been queued to be told.
  package var notified: () -> Void = {}

  private let clock: () -> MonotonicInstant
  private let nextChild: () -> ReapedChild?

  /// - Parameters:
  ///   - clock: What tells the time.
  ///   - nextChild: Gives what has become of a child of this process, one after another; nil where nothing has.
  package init(
    loop: EventLoop, channels: SupervisorStart.Channels, clock: @escaping () -> MonotonicInstant = { .now },
    nextChild: @escaping () -> ReapedChild? = ReapedChild.next
  ) throws(Errno) {
    self.loop = loop
    self.clock = clock
    self.nextChild = nextChild
    supervisor = channels
    processID = channels.bashProcessID
    connection = try Self.connection(to: channels, in: loop)
    listen()
  }

  private static func connection(
    to supervisor: SupervisorStart.Channels, in loop: EventLoop
  ) throws(Errno) -> Connection {
    try supervisor.events.stopBlocking()
    return Connection(
      supervisor.events, in: loop, bounds: .init(longestPayload: 1 << 16, mostOutgoing: .max),
      greeting: Greeting(version: SupervisorEvent.version))
  }

  private func listen() {
    connection.hears = { [unowned self] frame in
      if let event = SupervisorEvent(frame) { handle(event) }
    }
    connection.hasEnded = { [unowned self] end in
      switch end {
      case .closed: supervisorHasGone()
      case .otherVersion(let name): supervisorIsForeign(name)
      }
    }
    connection.isHeldUp = { [unowned self] error in note("the supervisor is heard and told later: \(error)") }
    connection.listen()
  }

  /// What the supervisor has reported of failures since the last time, in words.
  package func takeLaunchFailures() -> [String] {
    defer { launchFailures = [] }
    return launchFailures
  }

  /// Waits until every launched task is on record, but not for long: a launch that was interrupted is never recorded, and
  /// the supervisor may be held up.
  ///
  /// - Parameter meanwhile: What is done while the supervisor looks.
  /// - Returns: Whether the supervisor has said so.
  @discardableResult
  package func settle(meanwhile: () -> Void = {}) -> Bool { settle(asking: .settle, meanwhile) }

  /// Does the same when bash has ended, and hears what is due to the session.
  ///
  /// - Returns: Notices in bytes; nil where the supervisor, or the one before it, may not have said all.
  package func finish(meanwhile: () -> Void = {}) -> [[UInt8]]? {
    // The answer to an earlier question is not to be taken for this one's.
    guard !isSettling, !hasAdopted else {
      settle()
      return nil
    }
    due = []
    return settle(asking: .finish, meanwhile) && !hasAdopted ? due : nil
  }

  /// Has the supervisor record that notifications have been shown.
  ///
  /// - Returns: Whether it has, or will as soon as it can.
  package func recordTold(_ ids: [Int64], meanwhile: () -> Void = {}) -> Bool {
    guard !isSettling, !hasAdopted else { return false }
    tell(.told(ids))
    return settle(meanwhile: meanwhile) && !hasAdopted
  }

  private func settle(asking report: ShellReport, _ meanwhile: () -> Void) -> Bool {
    let end = clock().advanced(milliseconds: Self.settleMilliseconds)
    while !hasLostSupervisor {
      // A supervisor that has not answered yet is not asked again. One that has replaced it is.
      if !isSettling {
        isSettling = true
        tell(report)
        meanwhile()
      }
      let left = clock().milliseconds(until: end)
      guard left > 0 else { return false }
      let asked = supervisor.processID
      turn(milliseconds: left)
      if !isSettling, supervisor.processID == asked { return true }
    }
    return false
  }

  private static let settleMilliseconds: Int64 = 250

  /// Waits until bash has ended and returns how; nil if nobody can know.
  package func awaitShellEnd() -> WaitStatus? {
    var isResting = false
    while end == nil {
      // Without its supervisor bash is a child of this process, and ``reapChildren()`` sees its end.
      if hasAdopted, kill(processID, 0) != 0 { break }
      let hasHappened = turn(milliseconds: hasAdopted ? Self.lookMilliseconds : isResting ? nil : Self.restMilliseconds)
      if !hasHappened, !isResting { ProgramText.release() }
      isResting = !hasHappened
    }
    return end
  }

  private static let lookMilliseconds: Int64 = 500
  /// When a session in which nothing happens gives back the memory that only work needs.
  private static let restMilliseconds: Int64 = 1_000

  /// Signals bash, as long as it is there.
  package func signal(_ signal: Signal) {
    if end == nil { kill(processID, signal.rawValue) }
  }

  /// Whether bash is stopped now.
  package var isShellStopped: Bool { end == nil && ProcessSighting.of(processID).state?.isStopped == true }

  /// Reaps this process's children: once a supervisor has gone, bash and the tasks are among them.
  package func reapChildren() {
    while let child = nextChild() { take(child) }
  }

  /// Takes a child of this process that has changed.
  package func take(_ child: ReapedChild) {
    if child.processID == processID {
      switch child.status {
      case .exited, .signaled:
        end = end ?? child.status
        // It may be a task by now.
        if !hasLostSupervisor { report(child) }
        processEnded(child.processID, child.status)
      case .stopped(let signal): shellStopped(signal)
      case .continued: break
      }
    } else if child.processID != supervisor.processID, !hasLostSupervisor {
      report(child)
      if child.status.isFinal { processEnded(child.processID, child.status) }
    }
  }

  private func report(_ child: ReapedChild) {
    Failpoint.reach(.childReaped)
    let report = ShellReport.Child(child)
    reports[child.processID] = report
    if reportsChildren { tell(.child(report)) }
  }

  /// Returns whether something happened before the time was up.
  @discardableResult
  private func turn(milliseconds: Int64?) -> Bool {
    do throws(Errno) {
      return try loop.turn(milliseconds: milliseconds)
    } catch {
      // Without an event loop nothing can be waited for any more.
      hasLostSupervisor = true
      hasAdopted = true
      return true
    }
  }

  // MARK: The supervisor

  private func tell(_ report: ShellReport) { connection.send(report.frame) }

  private func handle(_ event: SupervisorEvent) {
    switch event {
    case .shellStopped(let signal): shellStopped(signal)
    case .shellEnded(let status):
      end = status
      processEnded(processID, status)
    case .processEnded(let processID, let status): processEnded(processID, status)
    case .settled: isSettling = false
    case .notified:
      hasNotifications = true
      notified()
    case .due(let notice): due.append(notice)
    case .unstarted(let id, let reason): launchFailures.append("\(id) was not started: \(reason)")
    case .databaseReplaced(let path): launchFailures.append(DamagedDatabase.message(keptAs: path))
    case .unrecorded(let reason): launchFailures.append("what tasks do is recorded later: \(reason)")
    case .recorded: launchFailures.append("what tasks do is recorded again")
    case .takenOver:
      // What was there before it asked is to be told first.
      reapChildren()
      reportsChildren = true
      for report in reports.values { tell(.child(report)) }
      tell(.complete)
    case .noted(let processID): reports[processID] = nil
    }
  }

  private func supervisorHasGone() {
    connection.close()
    hasAdopted = true
    (isSettling, reportsChildren) = (false, false)
    Failpoint.reach(.supervisorLost)
    let now = clock()
    deaths.removeAll { $0.advanced(milliseconds: Self.deathsMilliseconds) < now }
    deaths.append(now)
    note("the supervisor has ended (\(deaths.count) within \(Self.deathsMilliseconds / 1_000) s)")
    if deaths.count <= Self.mostDeaths, let next = replaceSupervisor() {
      supervisor = next
      do throws(Errno) {
        connection = try Self.connection(to: next, in: loop)
        return listen()
      } catch {
        note("the next supervisor cannot be heard: \(error)")
      }
    }
    note("no supervisor is started any more")
    loseSupervisor(.gone)
  }

  private func loseSupervisor(_ reason: SupervisorError) {
    hasLostSupervisor = true
    reports = [:]
    if end == nil { supervisorLost(reason) }
  }

  /// It lives, and nothing of what it says is understood: bash and the tasks go on without.
  private func supervisorIsForeign(_ name: String?) {
    note("the supervisor is of another version (\(name ?? "an older one")) than this bgsh")
    // It takes the end of this connection for the end of bgsh, and bash would be hung up.
    connection.ignoreRest()
    hasAdopted = true
    loseSupervisor(.otherVersion(name: name))
  }

  /// As many supervisors may die within this time and be replaced.
  private static let mostDeaths = 5
  private static let deathsMilliseconds: Int64 = 10_000
}
