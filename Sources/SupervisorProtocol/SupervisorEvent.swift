package import Connections
package import ProcessControl
package import Tasks

/// What a supervisor tells the bgsh process of its session over the socket between the two.
package enum SupervisorEvent: Hashable, Sendable {
  case shellStopped(Signal)
  case shellEnded(WaitStatus)
  /// A process of the session has ended that is neither its bash nor a task; told where calls come from a program.
  case processEnded(processID: Int32, WaitStatus)
  /// The answer to ``ShellReport/settle``: every launch that was under way then is recorded or has failed.
  case settled
  /// A notification has been queued.
  case notified
  /// A notice that is due, in bytes that ``ShellReport/finish`` has asked for; none where it is for the records to say.
  case due([UInt8])
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
    case .settled, .shellEnded, .processEnded, .shellStopped, .noted, .takenOver, .due: true
    case .notified, .unstarted, .databaseReplaced, .unrecorded, .recorded: false
    }
  }

  /// The version of events and reports, with their greetings: 1 was lines of text, and 2 told nothing of what is due.
  package static let version: UInt16 = 3

  /// The kinds of frames; 0 is a greeting's.
  enum Kind: UInt16, CaseIterable {
    case stopped = 1
    case exited = 2
    case killed = 3
    case settled = 4
    case notified = 5
    case unstarted = 6
    case replaced = 7
    case unrecorded = 8
    case recorded = 9
    case takenOver = 10
    case noted = 11
    case processExited = 12
    case processKilled = 13
    case due = 14
  }

  /// The frame that tells it: a number, or what it is about, or both with a blank between them.
  package var frame: Frame {
    switch self {
    case .shellStopped(let signal): Self.frame(.stopped, signal.rawValue)
    case .shellEnded(.signaled(let signal)): Self.frame(.killed, signal.rawValue)
    case .shellEnded(let status): Self.frame(.exited, status.shellStatus)
    case .processEnded(let processID, .signaled(let signal)):
      Self.frame(.processKilled, "\(processID) \(signal.rawValue)")
    case .processEnded(let processID, let status): Self.frame(.processExited, "\(processID) \(status.shellStatus)")
    case .settled: Self.frame(.settled)
    case .notified: Self.frame(.notified)
    case .due(let bytes): Frame(kind: Kind.due.rawValue, version: Self.version, payload: bytes)
    case .unstarted(let id, let reason): Self.frame(.unstarted, "\(id.rawValue) \(reason)")
    case .databaseReplaced(let path): Self.frame(.replaced, path)
    case .unrecorded(let reason): Self.frame(.unrecorded, reason)
    case .recorded: Self.frame(.recorded)
    case .takenOver: Self.frame(.takenOver)
    case .noted(let processID): Self.frame(.noted, processID)
    }
  }

  private static func frame(_ kind: Kind, _ number: Int32) -> Frame { frame(kind, String(number)) }

  private static func frame(_ kind: Kind, _ text: String = "") -> Frame {
    // What is shown of it is one line.
    let line = text.split(separator: "\n").joined(separator: " ")
    return Frame(kind: kind.rawValue, version: version, payload: Array(line.utf8))
  }

  /// Reads a frame; nil if it is none of these.
  package init?(_ frame: Frame) {
    if frame.kind == Kind.due.rawValue {
      self = .due(frame.payload)
      return
    }
    let text = frame.text
    switch (Kind(rawValue: frame.kind), Int32(text)) {
    case (.stopped, let signal?): self = .shellStopped(Signal(rawValue: signal))
    case (.killed, let signal?): self = .shellEnded(.signaled(Signal(rawValue: signal)))
    case (.exited, let code?): self = .shellEnded(.exited(code: code))
    case (.processExited, _), (.processKilled, _):
      let numbers = text.split(separator: " ").compactMap { Int32($0) }
      guard numbers.count == 2 else { return nil }
      let isExit = frame.kind == Kind.processExited.rawValue
      self = .processEnded(
        processID: numbers[0], isExit ? .exited(code: numbers[1]) : .signaled(Signal(rawValue: numbers[1])))
    case (.settled, _): self = .settled
    case (.notified, _): self = .notified
    case (.replaced, _): self = .databaseReplaced(kept: text)
    case (.unrecorded, _): self = .unrecorded(reason: text)
    case (.recorded, _): self = .recorded
    case (.takenOver, _): self = .takenOver
    case (.noted, let processID?): self = .noted(processID: processID)
    case (.unstarted, _):
      let parts = text.split(separator: " ", maxSplits: 1)
      guard let id = parts.first.flatMap({ Int64($0) }) else { return nil }
      self = .unstarted(TaskID(rawValue: id), reason: parts.count > 1 ? String(parts[1]) : "")
    default: return nil
    }
  }
}
