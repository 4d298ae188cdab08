import Notices
package import ProcessControl
package import Records
package import StateFiles
package import SupervisorProtocol
package import SystemPackage
package import Tasks

/// Why an operation could not do what it was asked, in the words for the user.
package enum OperationFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no usable state directory.
  case noStateDirectory(StateDirectoryError)
  case supervisorFailed(TaskID, SupervisorError)
  /// Processes of the task that must not be signalled; all others were.
  case outOfReach(TaskID, [ProcessTree.Refusal])
  case supervisorRefused(TaskID, reason: String)
  case inputUnreadable(Errno)
  case fileUnreadable(String, Errno)
  /// Which processes there are cannot be known now.
  case processesUnreadable(Errno)
  /// The task database did not do what it was asked.
  case recordsFailed(StoreError)
  /// Nobody is told when something happens.
  case cannotWait(Errno)
  /// A task that the shell has launched is not on record.
  case noRecord(TaskID)
  case alreadyEnded(BackgroundTask)
  case stillRunning(BackgroundTask)
  /// - Parameter words: What to type after `rerun` there.
  case needsShell(words: String)
  case textNotEdited(reason: String)
  case directoryMissing(BackgroundTask)
  case outputMissing(BackgroundTask, OutputFile)
  /// It was not kept.
  case outputDropped(BackgroundTask)
  /// Something else stands in its place.
  case outputForeign(BackgroundTask, OutputFile)
  case outputUnreadable(BackgroundTask, OutputFile, Errno)
  /// Standard error is not kept apart.
  case noErrorFile(BackgroundTask)

  package var description: String {
    switch self {
    case .noStateDirectory(let failure): failure.description
    case .supervisorFailed(let id, let failure): "\(id): \(failure)"
    case .outOfReach(let id, let refusals): "\(id): \(ProcessTree.Refusal.text(refusals))"
    case .supervisorRefused(let id, let reason): "\(id): \(VisibleText.word(reason))"
    case .processesUnreadable(let failure): "cannot read which processes there are: \(failure); try again"
    case .recordsFailed(let failure): failure.description
    case .cannotWait(let failure): "cannot wait for what becomes of tasks: \(failure); try again"
    case .noRecord(let id): "\(id) has no record: it was not started, or the record has been removed"
    case .inputUnreadable(let failure): "cannot read standard input: \(failure)"
    case .fileUnreadable(let path, let failure): "cannot read '\(VisibleText.word(path))': \(failure)"
    case .alreadyEnded(let task): "\(task.id) has already ended\(Self.ending(of: task))"
    case .stillRunning(let task): "\(task.id) has not ended; 'kill \(task.id)' ends it"
    case .needsShell(let words):
      "rerun works in a bgsh shell, of which the new task is a fork; type 'rerun \(words)' there"
    case .textNotEdited(let reason): "the command was not edited, and nothing runs: \(VisibleText.word(reason))"
    case .directoryMissing(let task):
      "\(task.id): cannot run it again: its directory '\(VisibleText.word(task.workingDirectory))' is gone"
    case .outputMissing(let task, let file):
      "\(task.id): no output: its file '\(Self.path(of: file, task))' is missing"
    case .outputDropped(let task):
      "\(task.id): no output: its \(ByteCountText.text(task.output.bytes)) were dropped: BGSH_KEEP keeps no more"
    case .outputForeign(let task, let file):
      "\(task.id): no output: '\(Self.path(of: file, task))' is no file any more; remove what stands there"
    case .outputUnreadable(let task, let file, let failure):
      "\(task.id): cannot read its output '\(Self.path(of: file, task))': \(failure)"
    case .noErrorFile(let task):
      "\(task.id): no standard error of its own: it was started without '--split'; 'output \(task.id)' shows all of it"
    }
  }

  private static func path(of file: OutputFile, _ task: BackgroundTask) -> String {
    VisibleText.word(task.output.path(of: file) ?? "")
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
