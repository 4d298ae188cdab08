import Glibc
package import ProcessControl
package import Tasks

/// What the files of a task tell.
extension BackgroundTask.Output {
  /// Whether all of it was dropped once the task had ended, and its files with it.
  package var isRemoved: Bool {
    bytes > 0 && droppedBytes == bytes
      && files.allSatisfy { file in path(of: file).map { access($0, F_OK) != 0 } ?? true }
  }

  /// The files themselves, as far as they are there: nobody writes to them but the task and what it has started.
  package var identities: [FileIdentity] { files.compactMap { path(of: $0).flatMap { FileIdentity(path: $0) } } }
}

extension BackgroundTask {
  /// Whether it may still run, for who is to judge that nobody will know how it ended.
  ///
  /// What runs in another PID namespace is not to be seen from here; it runs as long as somebody writes to its output.
  package var mayRun: Bool {
    guard let bootID, Boot.isElsewhere(bootID) else { return hasProcess }
    return output.files.contains { file in output.path(of: file).map { OutputFile.mayHaveWriters($0) } ?? false }
  }
}
