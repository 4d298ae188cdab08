package import ProcessControl
package import Tasks

/// What a supervisor tells the bgsh process of its session, a line each, over the socket between the two.
package enum SupervisorEvent: Hashable, Sendable {
  case shellStopped(Signal)
  case shellEnded(WaitStatus)
  /// The answer to a byte that bgsh sent: every launch that was under way then is recorded or has failed.
  case settled
  /// A notification has been queued.
  case notified
  /// A launch that had been confirmed could not be recorded; nothing of it has run.
  case unstarted(TaskID, reason: String)
  /// The task database was damaged, and is kept under this name.
  case databaseReplaced(kept: String)
  /// What happens to tasks cannot be recorded now; it is tried again and again.
  case unrecorded(reason: String)
  /// What had to wait is on record.
  case recorded
  /// A supervisor has taken the place of one that died, and asks for every ``ShellReport`` that is still of use.
  case takenOver
  /// What was reported of a process is on record, or concerns no task.
  case noted(processID: Int32)

  /// Whether bgsh waits for it, or may do so: each of these has been asked for, or is the last.
  package var isAwaited: Bool {
    switch self {
    case .settled, .shellEnded, .shellStopped, .noted, .takenOver: true
    case .notified, .unstarted, .databaseReplaced, .unrecorded, .recorded: false
    }
  }

  /// The line, newline included.
  package var line: String {
    switch self {
    case .shellStopped(let signal): "stopped \(signal.rawValue)\n"
    case .shellEnded(.signaled(let signal)): "killed \(signal.rawValue)\n"
    case .settled: "settled\n"
    case .notified: "notified\n"
    case .databaseReplaced(let path): "replaced 0 \(path.split(separator: "\n").joined(separator: " "))\n"
    case .unrecorded(let reason): "unrecorded 0 \(reason.split(separator: "\n").joined(separator: " "))\n"
    case .recorded: "recorded\n"
    case .takenOver: "taken-over\n"
    case .noted(let processID): "noted \(processID)\n"
    case .unstarted(let id, let reason):
      "unstarted \(id.rawValue) \(reason.split(separator: "\n").joined(separator: " "))\n"
    case .shellEnded(let status): "exited \(status.shellStatus)\n"
    }
  }

  /// Reads a line without its newline; nil if it is none of these.
  package init?(line: Substring) {
    let parts = line.split(separator: " ", maxSplits: 2)
    let number = parts.count > 1 ? Int32(parts[1]) : nil
    switch (parts.first, number) {
    case ("stopped", let signal?): self = .shellStopped(Signal(rawValue: signal))
    case ("killed", let signal?): self = .shellEnded(.signaled(Signal(rawValue: signal)))
    case ("exited", let code?): self = .shellEnded(.exited(code: code))
    case ("settled", _): self = .settled
    case ("notified", _): self = .notified
    case ("replaced", _): self = .databaseReplaced(kept: parts.count > 2 ? String(parts[2]) : "")
    case ("unrecorded", _): self = .unrecorded(reason: parts.count > 2 ? String(parts[2]) : "")
    case ("recorded", _): self = .recorded
    case ("taken-over", _): self = .takenOver
    case ("noted", let processID?): self = .noted(processID: processID)
    case ("unstarted", let id?):
      self = .unstarted(TaskID(rawValue: Int64(id)), reason: parts.count > 2 ? String(parts[2]) : "")
    default: return nil
    }
  }
}
