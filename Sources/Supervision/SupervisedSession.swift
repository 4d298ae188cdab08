import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import Tasks

/// The session that is supervised: what is known of its bgsh and its bash, how bgsh is told what happens, and where it is
/// noted what goes wrong.
final class SupervisedSession {
  let invocation: SupervisorInvocation
  let timers: Timers
  let ownProcessID = getpid()
  /// When bgsh was started, in clock ticks after boot: before all that its tasks have started. Nil if it had gone.
  private(set) lazy var shellStartTicks = ProcessSighting.of(invocation.shellProcessID).state?.startTicks
  /// The session's bash; nil once it has ended.
  var bashProcessID: Int32?
  /// Tells bgsh; nil once bgsh has ended.
  var tellBgsh: ((SupervisorEvent) -> Void)?
  /// Nil where there is no place for it.
  private let log: SessionLog?
  private lazy var logTimer = timers.timer { [unowned self] in
    log?.writePending()
    awaitLog()
  }

  init(_ invocation: SupervisorInvocation, timers: Timers, log: SessionLog? = nil) {
    self.invocation = invocation
    self.timers = timers
    self.log = log
    bashProcessID = invocation.bashProcessID
  }

  var id: SessionID { invocation.session }

  var now: MonotonicInstant { timers.now() }

  var hasBgsh: Bool { tellBgsh != nil }

  /// Tells bgsh, if it is still there.
  func tell(_ event: SupervisorEvent) { tellBgsh?(event) }

  /// Keeps a line for whoever asks what went wrong.
  func note(_ text: String) {
    log?.note(text)
    awaitLog()
  }

  private func awaitLog() {
    if log?.isBehind == true { logTimer.set(in: Patience.retryMilliseconds) }
  }
}
