import CProtocol
package import Connections

/// What a supervisor says to a task that asks to start.
package enum LaunchAnswer: Hashable, Sendable {
  case go
  /// Nothing of it is to run, and why.
  case refused(String)

  package var frame: Frame {
    switch self {
    case .go: Self.frame(.go, "")
    case .refused(let reason): Self.frame(.refused, reason)
    }
  }

  /// Reads an answer; nil if it is none of this version.
  package init?(_ frame: Frame) {
    guard frame.version == LaunchRecord.version else { return nil }
    switch LaunchFrameKind(rawValue: UInt32(frame.kind)) {
    case .go: self = .go
    case .refused: self = .refused(frame.text)
    default: return nil
    }
  }

  private static func frame(_ kind: LaunchFrameKind, _ text: String) -> Frame {
    Frame(kind: UInt16(kind.rawValue), version: LaunchRecord.version, payload: Array(text.utf8))
  }
}
