import Connections
import ProcessControl
import SystemPackage

/// The session's terminal, as long as it is there.
final class SessionTerminal {
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private var watchID: EventLoop.WatchID?
  private let timers: Timers
  private lazy var watchTimer = timers.timer { [unowned self] in watch() }
  private lazy var checkTimer = timers.timer { [unowned self] in check() }
  private var isOpen = true

  /// Called once when it has gone.
  var hasGone: () -> Void = {}
  var note: (String) -> Void = { _ in }

  init(_ descriptor: FileDescriptor, loop: EventLoop, timers: Timers) {
    self.descriptor = descriptor
    self.loop = loop
    self.timers = timers
  }

  func watch() {
    guard isOpen else { return }
    do throws(Errno) {
      watchID = try loop.watch(descriptor, for: []) { [unowned self] _ in end() }
    } catch {
      note("the terminal is not watched yet: \(error)")
      watchTimer.set(in: Patience.retryMilliseconds)
    }
  }

  /// The leader of the terminal's session may have gone, and the terminal with it, though its device is still there.
  func checkLater() { checkTimer.set(in: Patience.retryMilliseconds) }

  private func check() {
    if isOpen, Terminal(descriptor)?.foregroundGroupID == nil { end() }
  }

  private func end() {
    guard isOpen else { return }
    isOpen = false
    watchTimer.cancel()
    checkTimer.cancel()
    if let watchID { loop.forget(watchID) }
    try? descriptor.close()
    hasGone()
  }
}
