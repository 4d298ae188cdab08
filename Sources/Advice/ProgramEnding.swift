import Tasks

/// How the program ended whose output is looked at: that decides what in it matters.
package enum ProgramEnding: Sendable {
  case succeeded
  case failed
  /// Somebody ended it, or it goes on: what it did last matters, unless it has told of a failure before.
  case interrupted

  /// The ending that an exit status tells of, as `$?` has it.
  package init(status: Int32) {
    switch status {
    case 0: self = .succeeded
    // What `timeout` exits with, and 128 with SIGINT, SIGKILL and SIGTERM.
    case 124, 130, 137, 143: self = .interrupted
    default: self = .failed
    }
  }

  init(of task: BackgroundTask) {
    switch task.state {
    case .ended(.exited(0)): self = .succeeded
    case .ended(.exited), .ended(.lost): self = .failed
    case .ended(.killed): self = task.endedBy == nil ? .failed : .interrupted
    case .ended(.timedOut), .ended(.skipped), .live: self = .interrupted
    }
  }
}
