package import Connections
import ProcessControl
package import Tasks

/// One part of a supervisor's answer.
package enum SupervisorReply: Hashable, Sendable {
  case state(TaskID, TaskState)
  case done(TaskID)
  /// Not done, and why, in words.
  case refused(TaskID, String)
  /// The process group and the kernel's session of a task's shell.
  case process(TaskID, groupID: Int32, sessionID: Int32)

  /// The reason where there is no such task any more.
  package static let notRunning = "not running"

  /// The kinds of frames; 0 is a greeting's.
  enum Kind: UInt16, CaseIterable {
    case state = 1
    case done = 2
    case refused = 3
    case process = 4
  }

  /// The frame that says it: fields with tabs between them.
  package var frame: Frame {
    switch self {
    case .state(let id, let state):
      Self.frame(
        .state, id, state.text, state.exitCode.map { String($0) } ?? "", state.signal.map { String($0.rawValue) } ?? "")
    case .done(let id): Self.frame(.done, id)
    case .refused(let id, let reason): Self.frame(.refused, id, Self.oneField(reason))
    case .process(let id, let group, let session): Self.frame(.process, id, String(group), String(session))
    }
  }

  private static func frame(_ kind: Kind, _ id: TaskID, _ fields: String...) -> Frame {
    let text = ([String(id.rawValue)] + fields).joined(separator: "\t")
    return Frame(kind: kind.rawValue, version: SupervisorRequest.version, payload: Array(text.utf8))
  }

  /// Reads a frame; nil if it says nothing that is known.
  package init?(_ frame: Frame) {
    let fields = frame.text.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    guard let number = Int64(fields[0]), number > 0 else { return nil }
    let id = TaskID(rawValue: number)
    switch (Kind(rawValue: frame.kind), fields.count) {
    case (.state, 4):
      let code = Int32(fields[2])
      let signal = Int32(fields[3]).map(Signal.init(rawValue:))
      guard (code == nil) == fields[2].isEmpty, (signal == nil) == fields[3].isEmpty,
        let state = TaskState(text: fields[1], exitCode: code, signal: signal)
      else { return nil }
      self = .state(id, state)
    case (.done, 1):
      self = .done(id)
    case (.refused, 2):
      self = .refused(id, fields[1])
    case (.process, 3):
      guard let group = Int32(fields[1]), let session = Int32(fields[2]) else { return nil }
      self = .process(id, groupID: group, sessionID: session)
    default:
      return nil
    }
  }

  /// The text without what separates fields and lines.
  private static func oneField(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
  }
}
