import CProcess
import Glibc

/// Where this process stands.
package enum WorkingDirectory {
  /// Makes the directory in which a process stands this process's own, if it can be.
  package static func follow(_ processID: Int32) {
    _ = bgsh_follow_directory(processID)
  }

  /// Lets this process keep no directory busy.
  package static func leave() {
    chdir("/")
  }
}
