package import Tasks

/// What of the output of tasks is to be read.
package struct OutputSelection {
  /// Only so many lines at the end; nil for all.
  package var lastLines: Int?
  /// Only what the session has not seen.
  package var isOnlyNew = false
  /// Only lines that match.
  package var pattern: LinePattern?
  /// Only one of the files of a task; nil for both.
  package var file: OutputFile?

  package init() {}

  /// Whether the session has seen afterwards what was read: all of it, or what it asked for as new.
  var movesMark: Bool { isOnlyNew || lastLines == nil && pattern == nil }

  func files(of task: BackgroundTask) -> [OutputFile] { file.map { [$0] } ?? task.output.files }

  /// Where to begin.
  func start(in output: borrowing CapturedOutput, seen: Int64) throws(OperationFailure) -> Int64 {
    // A file that has become shorter is new as a whole.
    let first = isOnlyNew && seen <= output.size ? seen : 0
    guard let lastLines else { return first }
    if let pattern { return try output.startOfLastLines(lastLines, matching: pattern, from: first) }
    return max(first, try output.startOfLastLines(lastLines))
  }
}
