package import Notices

extension Notice {
  /// What stands under its headline: what matters in the output where something has failed, and the question where a task
  /// waits for input. At most five lines, safe for a terminal.
  package var details: [String] {
    switch notification.event {
    case .failed, .timedOut, .killed, .lost: wasAskedFor ? [] : Digest.lines(of: task)
    case .waitingForInput: Digest.question(of: task)
    case .done, .skipped, .limited, .matched: []
    }
  }
}
