import CProcess
import Glibc

/// The user's home directory.
package enum HomeDirectory {
  /// What `HOME` says, else what `/etc/passwd` does, as bash has it; nil if neither says anything.
  package static var path: String? {
    if let home = getenv("HOME") { return String(cString: home) }
    return bgsh_home_directory().map { String(cString: $0) }
  }
}
