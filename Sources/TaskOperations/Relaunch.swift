import CProtocol
import Glibc
package import Tasks

/// What a shell needs to run a task's command again, as a new task.
package struct Relaunch: Hashable, Sendable {
  package var command: RawText
  /// The flags of `&bg`, each value in a word of its own, with the directory that the task had.
  package let flags: [[UInt8]]

  package init(of task: BackgroundTask) throws(OperationFailure) {
    guard access(task.rawDirectory.cString, X_OK) == 0 else { throw .directoryMissing(task) }
    command = task.rawCommand
    flags =
      [Array("--\(BGSH_DIRECTORY_FLAG)".utf8), task.rawDirectory.bytes]
      + TaskOptions(of: task).words.map { Array($0.utf8) }
  }
}
