package import ProcessControl
import StateFiles
package import Tasks

/// A notification with its task, put into words.
package struct Notice: Hashable, Sendable {
  package let notification: TaskNotification
  package let task: BackgroundTask

  package init(notification: TaskNotification, task: BackgroundTask) {
    self.notification = notification
    self.task = task
  }

  /// The line that the launching shell prints: `[@7] started: npm test (@tests)`.
  package static func started(_ id: TaskID, name: TaskName?, command: String) -> String {
    "[\(id)] started: \(subject(command: command, name: name))"
  }

  /// The line that says that a task goes on in the background: `[@7] detached: npm test (@tests)`.
  package static func detached(_ task: BackgroundTask) -> String {
    "[\(task.id)] detached: \(subject(command: task.command, name: task.name))"
  }

  /// The line that says what happened: `[@7] failed (exit 1) after 1m32s: npm test (@tests)`.
  package func headline(now: Timestamp) -> String {
    "[\(task.id)] \(occurrence(now: now)): \(Self.subject(command: task.command, name: task.name))"
  }

  /// Whether there is no point in showing it any more: a task that waited and does so no longer, or one that could not be
  /// ended in time and has ended since, of which another notice tells.
  package var isStale: Bool {
    switch notification.event {
    case .waitingForInput: task.state != .waitingForInput
    case .timedOut: task.endedAt.map { notification.at < $0 } ?? false
    default: false
    }
  }

  private func occurrence(now: Timestamp) -> String {
    switch notification.event {
    case .done: "done\(ender.map { " (ended by \($0))" } ?? "")\(duration)"
    case .failed: "failed (\(Self.exitText(task.state.exitCode))\(ender.map { ", ended by \($0)" } ?? ""))\(duration)"
    case .killed: "killed (\(killer))\(duration)"
    case .timedOut: "timed out\(after(task.timeoutMilliseconds ?? task.durationMilliseconds))\(resistance)"
    case .skipped: "skipped"
    case .lost: "lost"
    case .waitingForInput:
      "waiting for input since \(DurationText.text(milliseconds: now.milliseconds &- notification.at.milliseconds))"
    case .limited:
      "output over \(SizeText.text(task.outputLimitBytes)), the middle is dropped"
    }
  }

  /// That a time limit could not be kept: the task was out of bgsh's reach.
  private var resistance: String {
    if !task.state.isFinal { return ", but cannot be ended" }
    return task.state.exceededLimit && task.endedBy == nil ? ", but ended by itself\(duration)" : loss
  }

  private var duration: String { after(task.durationMilliseconds) + loss }

  /// What is not there of the output, for a reason that nothing else tells of.
  private var loss: String {
    if task.output.isRemoved { return ", its output dropped" }
    let overwritten = task.output.overwrittenInAll
    return overwritten > 0 ? ", \(ByteCountText.text(overwritten)) of its output overwritten" : ""
  }

  private func after(_ milliseconds: Int64?) -> String {
    milliseconds.map { " after \(DurationText.text(milliseconds: $0))" } ?? ""
  }

  /// What ended a task that then took its leave in its own way, where nobody asked for that.
  private var ender: String? {
    switch task.endedBy {
    case .limit, .disk: task.endedBy?.rawValue
    default: nil
    }
  }

  private var killer: String {
    let signal = task.state.signal.map(Self.signalText) ?? "a signal"
    return task.endedBy.map { "\(signal), by \($0.rawValue)" } ?? signal
  }

  /// `exit 1`, or `exit 139, SIGSEGV`.
  package static func exitText(_ code: Int32?) -> String {
    guard let code else { return "exit unknown" }
    guard (129...192).contains(code) else { return "exit \(code)" }
    let name = Signal(rawValue: code - 128).name
    return Int32(name) == nil ? "exit \(code), SIG\(name)" : "exit \(code)"
  }

  /// `SIGTERM`, or `signal 33` for one without a name.
  package static func signalText(_ signal: Signal) -> String {
    Int32(signal.name) == nil ? "SIG\(signal.name)" : "signal \(signal.rawValue)"
  }

  /// The command in one line, and the name: `npm test (@tests)`.
  package static func subject(command: String, name: TaskName?) -> String {
    let shown = CommandText.line(command)
    guard let name else { return shown }
    return "\(shown) (@\(VisibleText.word(name.text)))"
  }
}
