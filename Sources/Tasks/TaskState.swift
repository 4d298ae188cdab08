import CProtocol
package import ProcessControl

/// Where a task stands: `queued → running ⇄ paused|waiting-for-input`, then one end and never another.
package enum TaskState: Hashable, Sendable {
  case live(Live)
  case ended(End)

  /// A state that another may follow.
  package enum Live: String, CaseIterable, Hashable, Sendable {
    case queued
    case running
    case paused
    case waitingForInput = "waiting-for-input"
  }

  /// The one final state of a task.
  package enum End: Hashable, Sendable {
    case exited(code: Int32)
    /// Its own shell died of the signal, or bgsh ended the task by it.
    case killed(Signal)
    /// How its shell then ended, nil if nobody could see that.
    case timedOut(ProcessEnd?)
    case skipped
    /// Nobody can know the exit status any more.
    case lost
  }

  package static let queued = TaskState.live(.queued)
  package static let running = TaskState.live(.running)
  package static let paused = TaskState.live(.paused)
  package static let waitingForInput = TaskState.live(.waitingForInput)
  package static func exited(code: Int32) -> TaskState { .ended(.exited(code: code)) }
  package static func killed(_ signal: Signal) -> TaskState { .ended(.killed(signal)) }
  package static func timedOut(_ end: ProcessEnd?) -> TaskState { .ended(.timedOut(end)) }
  package static let skipped = TaskState.ended(.skipped)
  package static let lost = TaskState.ended(.lost)

  /// Every text that ``text`` can be.
  package static let texts = Live.allCases.map(\.rawValue) + End.texts

  /// The state as JSON, the database and `--state` spell it.
  package var text: String {
    switch self {
    case .live(let state): state.rawValue
    case .ended(let end): end.text
    }
  }

  package var isFinal: Bool { end != nil }

  /// Ended with status 0, in time and by itself.
  package var isSuccess: Bool { end?.isSuccess ?? false }

  /// Whether the time limit came before the end, whatever that was.
  package var exceededLimit: Bool {
    if case .ended(.timedOut) = self { true } else { false }
  }

  package var end: End? {
    if case .ended(let end) = self { end } else { nil }
  }

  /// The exit code of the task's shell, nil if it had none.
  package var exitCode: Int32? {
    switch end {
    case .exited(let code), .timedOut(.exited(let code)): code
    default: nil
    }
  }

  /// The signal that ended the task, nil if none did.
  package var signal: Signal? {
    switch end {
    case .killed(let signal), .timedOut(.killed(let signal)): signal
    default: nil
    }
  }

  /// Puts a state together again from its parts; nil if there is no such state.
  package init?(text: String, exitCode: Int32?, signal: Signal?) {
    if let live = Live(rawValue: text) {
      guard exitCode == nil, signal == nil else { return nil }
      self = .live(live)
      return
    }
    switch (text, exitCode, signal) {
    case ("exited", let code?, nil): self = .exited(code: code)
    case ("killed", nil, let signal?): self = .killed(signal)
    case ("timed-out", let code?, nil): self = .timedOut(.exited(code: code))
    case ("timed-out", nil, let signal?): self = .timedOut(.killed(signal))
    case ("timed-out", nil, nil): self = .timedOut(nil)
    case ("skipped", nil, nil): self = .skipped
    case ("lost", nil, nil): self = .lost
    default: return nil
    }
  }
}

extension TaskState.End {
  package static let texts = ["exited", "killed", "timed-out", "skipped", "lost"]

  /// What a process's end means for a task that nothing else ended.
  package init(_ end: ProcessEnd) {
    switch end {
    case .exited(let code): self = .exited(code: code)
    case .killed(let signal): self = .killed(signal)
    }
  }

  package var text: String {
    switch self {
    case .exited: "exited"
    case .killed: "killed"
    case .timedOut: "timed-out"
    case .skipped: "skipped"
    case .lost: "lost"
    }
  }

  package var isSuccess: Bool { self == .exited(code: 0) }

  /// The number that `wait` and `fg` return for it.
  package var shellStatus: Int32 {
    switch self {
    case .exited(let code): code
    case .killed(let signal): BGSH_STATUS_SIGNALED &+ signal.rawValue
    case .timedOut: BGSH_STATUS_TIMED_OUT
    case .skipped: BGSH_STATUS_SKIPPED
    case .lost: BGSH_STATUS_UNKNOWN
    }
  }
}
