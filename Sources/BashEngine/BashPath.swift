import CInvocation

/// Where the user's bash is.
package enum BashPath {
  /// The one that `BGSH_SHELL` names, else the first in `PATH`, else the system's, and never bgsh by another name; nil if
  /// there is none.
  package static var chosen: String? { bgsh_find_bash().map { String(cString: $0) } }
}
