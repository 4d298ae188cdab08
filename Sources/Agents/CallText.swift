package import ProcessControl
package import Tasks

/// How a foreground call ended.
package enum CallEnd: Hashable, Sendable {
  case exited(Int32)
  /// The process that ran it has ended: a signal, or another program in its place.
  case gone(WaitStatus)
  case timedOut(limitMilliseconds: Int64)
  /// Nobody can know.
  case unknown
}

/// The result of a foreground call, as text.
package enum CallText {
  /// - Parameter wasRestored: Whether the shell goes on as it was before the call.
  package static func text(
    output: BoundedOutput, end: CallEnd, milliseconds: Int64, wasRestored: Bool, pipeStatus: [Int32]? = nil,
    left: String? = nil
  ) -> String {
    let status = status(end, milliseconds: milliseconds, pipeStatus)
    var parts: [String] = []
    if output.text.unicodeScalars.count > Limits.shortOutputCharacters { parts.append(status) }
    if !output.text.isEmpty { parts.append(output.text) }
    parts.append(status)
    if let left { parts.append(left) }
    if wasRestored {
      parts.append(
        "[the shell ended with this call and goes on as it was before: what the call changed in it "
          + "(directory, variables, functions) is lost]")
    }
    return parts.joined(separator: "\n")
  }

  /// Of a call that goes on in the background.
  ///
  /// - Parameter limitMilliseconds: After how long from its beginning it is ended; nil for never.
  package static func text(
    output: BoundedOutput, goingOnAs task: TaskID, outputPath: String, milliseconds: Int64, limitMilliseconds: Int64?
  ) -> String {
    let duration = DurationText.text(milliseconds: milliseconds)
    let limit = limitMilliseconds.map { " Its limit of \(DurationText.text(milliseconds: $0)) counts from its start." }
    let status =
      "[still running after \(duration): it goes on in the background as task \(task.rawValue). Output: \(outputPath). "
      + "You will be notified when it ends.\(limit ?? "")]"
    guard !output.text.isEmpty else { return status }
    let isLong = output.text.unicodeScalars.count > Limits.shortOutputCharacters
    return (isLong ? [status, output.text, status] : [output.text, status]).joined(separator: "\n")
  }

  /// Of processes that a call has left.
  package static func left(_ count: Int, _ list: String, areKept: Bool) -> String {
    let end = areKept ? "" : "; what is there then ends with this connection"
    return "[\(count) process\(count == 1 ? "" : "es") left running: \(list)\(end)]"
  }

  /// Said before the first result of a shell that has taken the place of another.
  package static let restarted =
    "[the shell of this session had gone; this is a new one, in the directory where bgsh was started: variables, "
    + "functions and the directory are lost. Tasks run on.]"

  private static func status(_ end: CallEnd, milliseconds: Int64, _ pipeStatus: [Int32]?) -> String {
    let duration = DurationText.text(milliseconds: milliseconds)
    switch end {
    case .exited(let code), .gone(.exited(let code)):
      let statuses = pipeStatus.map { " (pipeline: \($0.map { String($0) }.joined(separator: " ")))" } ?? ""
      return "[exit code \(code)\(statuses), \(duration)]"
    case .gone(let status):
      guard case .signaled(let signal) = status else { return "[ended, \(duration)]" }
      return "[exit code \(status.shellStatus), killed by SIG\(signal.name), \(duration)]"
    case .timedOut(let limit):
      return
        "[timed out after \(DurationText.text(milliseconds: limit)): the command and all that it had started was ended]"
    case .unknown: return "[exit code unknown, \(duration)]"
    }
  }
}

extension CallEnd {
  /// Whether nothing that the call has started is left.
  package var hasEndedEverything: Bool { if case .timedOut = self { true } else { false } }

  /// Whether it counts as a failure.
  package var isError: Bool {
    switch self {
    case .exited(let code), .gone(.exited(let code)): code != 0
    case .gone, .timedOut, .unknown: true
    }
  }
}
