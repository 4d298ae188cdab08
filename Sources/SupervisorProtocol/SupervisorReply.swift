import ProcessControl
package import Tasks

/// One line of a supervisor's answer.
package enum SupervisorReply: Hashable, Sendable {
  case state(TaskID, TaskState)
  case done(TaskID)
  /// Not done, and why, in words.
  case refused(TaskID, String)
  /// The process group and the kernel's session of a task's shell.
  case process(TaskID, groupID: Int32, sessionID: Int32)

  /// The reason where there is no such task any more.
  package static let notRunning = "not running"

  /// The line that says it, with its line feed.
  package var line: String {
    let fields =
      switch self {
      case .state(let id, let state):
        [
          "state", String(id.rawValue), state.text, state.exitCode.map { String($0) } ?? "",
          state.signal.map { String($0.rawValue) } ?? "",
        ]
      case .done(let id): ["done", String(id.rawValue)]
      case .refused(let id, let reason): ["refused", String(id.rawValue), Self.oneField(reason)]
      case .process(let id, let group, let session): ["process", String(id.rawValue), String(group), String(session)]
      }
    return fields.joined(separator: "\t") + "\n"
  }

  /// Reads a line without its line feed; nil if it says nothing that is known.
  package init?(line: some StringProtocol) {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    guard fields.count >= 2, let number = Int64(fields[1]), number > 0 else { return nil }
    let id = TaskID(rawValue: number)
    switch (fields[0], fields.count) {
    case ("state", 5):
      let code = Int32(fields[3])
      let signal = Int32(fields[4]).map(Signal.init(rawValue:))
      guard (code == nil) == fields[3].isEmpty, (signal == nil) == fields[4].isEmpty,
        let state = TaskState(text: fields[2], exitCode: code, signal: signal)
      else { return nil }
      self = .state(id, state)
    case ("done", 2):
      self = .done(id)
    case ("refused", 3):
      self = .refused(id, fields[2])
    case ("process", 4):
      guard let group = Int32(fields[2]), let session = Int32(fields[3]) else { return nil }
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
