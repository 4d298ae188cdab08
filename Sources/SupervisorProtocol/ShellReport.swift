package import Connections
package import ProcessControl

/// What the bgsh process of a session tells its supervisor over the socket between the two.
package enum ShellReport: Hashable, Sendable {
  /// A request for ``SupervisorEvent/settled``.
  case settle
  /// A process whose parent bgsh has become, because a supervisor died, has ended, stopped or gone on.
  case child(Child)
  /// Everything that was there to report has been reported.
  case complete
  /// Bash has ended: a request for each notice that is ``SupervisorEvent/due(_:)`` to the session, and for
  /// ``SupervisorEvent/settled`` behind them.
  case finish
  /// The notifications of these numbers have been shown.
  case told([Int64])

  /// What became of a process, and when that was seen.
  package struct Child: Hashable, Sendable {
    package let processID: Int32
    package let rawStatus: Int32
    package let usage: ResourceUsage
    package let at: Timestamp
    package let instant: MonotonicInstant

    package init(_ child: ReapedChild, at: Timestamp = .now, instant: MonotonicInstant = .now) {
      processID = child.processID
      rawStatus = child.rawStatus
      usage = child.usage
      self.at = at
      self.instant = instant
    }

    package var status: WaitStatus { WaitStatus(rawStatus: rawStatus) }

    /// The numbers, separated by blanks.
    package var text: String {
      "\(processID) \(rawStatus) \(usage.userMilliseconds) \(usage.systemMilliseconds) \(usage.peakMemoryKiB) "
        + "\(at.milliseconds) \(instant.nanoseconds)"
    }

    /// Reads ``text``; nil for anything else.
    package init?(text: some StringProtocol) {
      let numbers = text.split(separator: " ").compactMap { Int64($0) }
      guard numbers.count == 7, let processID = Int32(exactly: numbers[0]), let rawStatus = Int32(exactly: numbers[1])
      else { return nil }
      self.processID = processID
      self.rawStatus = rawStatus
      usage = ResourceUsage(userMilliseconds: numbers[2], systemMilliseconds: numbers[3], peakMemoryKiB: numbers[4])
      at = Timestamp(milliseconds: numbers[5])
      instant = MonotonicInstant(nanoseconds: numbers[6])
    }
  }

  /// The kinds of frames; 0 is a greeting's.
  enum Kind: UInt16, CaseIterable {
    case settle = 1
    case child = 2
    case complete = 3
    case finish = 4
    case told = 5
  }

  package var frame: Frame {
    let (kind, text): (Kind, String) =
      switch self {
      case .settle: (.settle, "")
      case .child(let child): (.child, child.text)
      case .complete: (.complete, "")
      case .finish: (.finish, "")
      case .told(let ids): (.told, ids.map { String($0) }.joined(separator: " "))
      }
    return Frame(kind: kind.rawValue, version: SupervisorEvent.version, payload: Array(text.utf8))
  }

  /// Reads a frame; nil if it is none of these.
  package init?(_ frame: Frame) {
    switch Kind(rawValue: frame.kind) {
    case .settle: self = .settle
    case .complete: self = .complete
    case .finish: self = .finish
    case .told: self = .told(frame.text.split(separator: " ").compactMap { Int64($0) })
    case .child:
      guard let child = Child(text: frame.text) else { return nil }
      self = .child(child)
    case nil: return nil
    }
  }
}
