import CProcess
import Glibc
import ProcessControl
package import SystemPackage
package import Tasks

/// What is read of the file, and who writes to it.
extension OutputFile {
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
