import SystemPackage
import Tasks

/// Why a command could not do what it was asked, in the words for the user.
enum CommandFailure: Error, CustomStringConvertible {
  /// There is no usable state directory.
  case noStateDirectory(reason: String)
  case supervisorFailed(TaskID, SupervisorError)
  case cannotSignal(TaskID, Errno)
  case supervisorRefused(TaskID, reason: String)
  case inputUnreadable(Errno)
  case alreadyEnded(BackgroundTask)
  case needsShell(BackgroundTask)
  case directoryMissing(BackgroundTask)
  case outputMissing(BackgroundTask)
  case outputUnreadable(BackgroundTask, Errno)

  var description: String {
    switch self {
    case .noStateDirectory(let reason): reason
    case .supervisorFailed(let id, let failure): "\(id): \(failure)"
    case .cannotSignal(let id, let failure): "\(id): cannot signal it: \(failure)"
    case .supervisorRefused(let id, let reason): "\(id): \(VisibleText.word(reason))"
    case .inputUnreadable(let failure): "cannot read standard input: \(failure)"
    case .alreadyEnded(let task): "\(task.id) has already ended\(Self.ending(of: task))"
    case .needsShell(let task):
      "rerun works in a bgsh shell, of which the new task is a fork; type 'rerun \(task.id)' there"
    case .directoryMissing(let task):
      "\(task.id): cannot run it again: its directory '\(VisibleText.word(task.workingDirectory))' is gone"
    case .outputMissing(let task):
      "\(task.id): no output: its file '\(VisibleText.word(task.output.path))' is missing"
    case .outputUnreadable(let task, let failure):
      "\(task.id): cannot read its output '\(VisibleText.word(task.output.path))': \(failure)"
    }
  }

  private static func ending(of task: BackgroundTask) -> String {
    switch task.state.end {
    case .exited(let code): " with status \(code)"
    case .killed(let signal): " by \(Notice.signalText(signal))"
    case .timedOut: " by its time limit"
    case .skipped: ": it was skipped"
    case .lost: ": it is lost"
    case nil: ""
    }
  }
}
