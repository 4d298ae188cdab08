import Connections
import ProcessControl
import SupervisorProtocol
import SystemPackage

/// The supervisor's end of the socket to bgsh: reports come in, events go out.
///
/// bgsh may be stopped, and must hold up nobody: what its socket has no room for waits here.
final class BgshLink {
  private let connection: Connection
  /// Whether something has been queued to be told.
  private(set) var hasToldOfNotifications = false
  /// Whether bgsh is told of each notification, and not only that there are any.
  private let tellsEachNotification: Bool
  /// Whether bgsh is of another version: only its end is heard of then.
  private var isForeign = false

  /// Takes what bgsh reports.
  var hear: (ShellReport) -> Void = { _ in }
  /// Called once bgsh has ended.
  var hasEnded: () -> Void = {}
  /// Called when nothing can be heard or said for now: ``listen()`` is to be called a little later.
  var isHeldUp: (Errno) -> Void = { _ in }
  /// Called with what was left unsaid, as too much waits.
  var isOverfull: (SupervisorEvent) -> Void = { _ in }
  /// Called with a line for whoever asks what went wrong.
  var note: (String) -> Void = { _ in }

  /// The longest report, and how many bytes of messages may wait. What bgsh has asked for is said beyond that.
  private static let bounds = Connection.Bounds(longestPayload: 1 << 16, mostOutgoing: 1 << 16)

  init(loop: EventLoop, descriptor: FileDescriptor, tellsEachNotification: Bool = false) throws(Errno) {
    self.tellsEachNotification = tellsEachNotification
    try descriptor.stopBlocking()
    connection = Connection(
      descriptor, in: loop, bounds: Self.bounds, greeting: Greeting(version: SupervisorEvent.version))
    connection.hears = { [unowned self] frame in
      if let report = ShellReport(frame) { hear(report) }
    }
    connection.hasEnded = { [unowned self] end in
      switch end {
      case .closed: hasEnded()
      case .otherVersion(let name): isOtherVersion(name)
      }
    }
    connection.isHeldUp = { [unowned self] error in
      // That it cannot be heard now does not mean that it has ended.
      connection.pause()
      isHeldUp(error)
    }
  }

  /// Hears from here on, and says what waits.
  func listen() { connection.listen() }

  /// Tells bgsh. That there are notifications is said once where nobody waits for them.
  func tell(_ event: SupervisorEvent) {
    guard !isForeign else { return }
    if event == .notified {
      guard tellsEachNotification || !hasToldOfNotifications else { return }
      hasToldOfNotifications = true
    }
    guard connection.hasRoom || event.isAwaited else { return isOverfull(event) }
    connection.send(event.frame)
  }

  /// It is not to be heard as if it had ended: that would hang up its bash.
  private func isOtherVersion(_ name: String?) {
    isForeign = true
    note("bgsh is of another version (\(name ?? "an older one")) than this supervisor; start another session")
    // A bgsh of before the frames takes lines, and shows this one.
    if name == nil {
      let words = "the session's bgsh and its supervisor are of different versions; start another session"
      connection.append(Array("unrecorded 0 \(words)\n".utf8))
    }
    connection.ignoreRest()
    connection.flush()
  }
}
