import Glibc
package import ProcessControl
package import SystemPackage
import Tasks

/// The bash process of a session and its supervisor, seen from bgsh: how bash ends, and whether launches have settled.
///
/// Waiting turns the event loop, so that whatever else was registered there goes on.
package final class Interpreter {
  private let loop: EventLoop
  private let channels: SupervisorStart.Channels
  private var eventText = ""
  private var isSettling = false
  private var launchFailures: [String] = []

  /// How bash ended, once it has.
  package private(set) var end: WaitStatus?
  package let processID: Int32
  /// Whether the supervisor has gone although bash is still there.
  package private(set) var hasLostSupervisor = false
  /// Whether the session has ever had anything to tell.
  package private(set) var hasNotifications = false

  /// Called when the supervisor has gone although bash is still there.
  package var supervisorLost: () -> Void = {}
  /// Called when bash has stopped itself, as `suspend` does.
  package var shellStopped: () -> Void = {}

  package init(loop: EventLoop, channels: SupervisorStart.Channels) throws(Errno) {
    self.loop = loop
    self.channels = channels
    processID = channels.bashProcessID
    try channels.events.stopBlocking()
    try loop.watch(channels.events) { [unowned self] _ in readEvents() }
  }

  /// What has been said since the last time of tasks that were confirmed and could not be started.
  package func takeLaunchFailures() -> [String] {
    defer { launchFailures = [] }
    return launchFailures
  }

  /// Waits until every task that has been launched is on record, but not for long: a launch that was interrupted is never
  /// recorded, and the supervisor may be held up.
  package func settle() {
    // One that has not answered yet is not asked again.
    guard !hasLostSupervisor, !isSettling else { return }
    guard (try? channels.events.writeWhole([0])) != nil else { return }
    isSettling = true
    let end = MonotonicInstant.now.advanced(milliseconds: Self.settleMilliseconds)
    while isSettling, !hasLostSupervisor {
      let left = MonotonicInstant.now.milliseconds(until: end)
      guard left > 0 else { return }
      turn(milliseconds: left)
    }
  }

  private static let settleMilliseconds: Int64 = 250

  /// Waits until bash has ended and returns how; nil if nobody can know.
  package func awaitShellEnd() -> WaitStatus? {
    while end == nil {
      // Without a supervisor bash is a child of this process, which `reapChildren` tells of.
      if hasLostSupervisor, kill(processID, 0) != 0 { break }
      turn(milliseconds: hasLostSupervisor ? Self.lookMilliseconds : nil)
    }
    return end
  }

  private static let lookMilliseconds: Int64 = 500

  /// Reaps this process's children. Bash is one of them once its supervisor has gone: then this is how its end is known.
  package func reapChildren() {
    while let child = ReapedChild.next() {
      if child.processID == processID, child.status.isFinal, end == nil { end = child.status }
    }
  }

  private func turn(milliseconds: Int64?) {
    do throws(Errno) {
      try loop.turn(milliseconds: milliseconds)
    } catch {
      // Without an event loop nothing can be waited for any more.
      hasLostSupervisor = true
    }
  }

  private func readEvents() {
    while let bytes = try? channels.events.readSome() {
      guard !bytes.isEmpty else {
        loop.ignore(channels.events)
        if end == nil {
          hasLostSupervisor = true
          supervisorLost()
        }
        return
      }
      eventText += String(decoding: bytes, as: UTF8.self)
    }
    while let newline = eventText.firstIndex(of: "\n") {
      let line = eventText[..<newline]
      if let event = SupervisorEvent(line: line) { handle(event) }
      eventText.removeSubrange(...newline)
    }
  }

  private func handle(_ event: SupervisorEvent) {
    switch event {
    case .shellStopped: shellStopped()
    case .shellEnded(let status): end = status
    case .settled: isSettling = false
    case .notified: hasNotifications = true
    case .unstarted(let id, let reason): launchFailures.append("\(id) was not started: \(reason)")
    }
  }
}
