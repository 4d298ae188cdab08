import CProcess
import CProtocol
import Glibc
import ProcessControl
package import SystemPackage

/// One of the files that a task writes to.
package enum OutputFile: Hashable, Sendable {
  /// Of standard output; of standard error, too, unless that is kept apart.
  case output
  /// Of standard error where it is kept apart.
  case error

  /// What follows the number of the task in its name.
  package var suffix: String {
    switch self {
    case .output: ""
    case .error: BGSH_ERRORS_SUFFIX
    }
  }

  /// The task to which a file belongs if it is one of a task's.
  package static func task(named path: String) -> TaskID? {
    let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
    let number = name.hasSuffix(error.suffix) ? name.dropLast(error.suffix.count) : name
    return Int64(number).map { TaskID(rawValue: $0) }
  }

  /// Opens one to read it. Something else may stand there by now: what is no regular file is not there, and neither a link
  /// nor a FIFO is waited for.
  package static func open(_ path: String) throws(Errno) -> FileDescriptor {
    let file = try FileDescriptor.opening(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
    guard file.isRegularFile else {
      try? file.close()
      throw .invalidArgument
    }
    return file
  }

  /// Whether somebody has a file open for writing, as far as that can be known.
  package static func mayHaveWriters(_ path: String) -> Bool {
    do throws(Errno) {
      let file = try open(path)
      defer { try? file.close() }
      return bgsh_has_writers(file.rawValue) != 0
    } catch {
      return ![.noSuchFileOrDirectory, .invalidArgument, .tooManySymbolicLinkLevels].contains(error)
    }
  }
}
