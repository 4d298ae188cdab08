import Glibc

/// The process group of this process.
package enum ProcessGroup {
  /// Whether nobody could continue this group when it is stopped: no ancestor of this process is in the same session and
  /// another group.
  package static var isOrphaned: Bool {
    var ancestor = getppid()
    while ancestor > 0, let state = ProcessSighting.of(ancestor).state, state.sessionID == getsid(0) {
      guard state.groupID == getpgrp() else { return false }
      ancestor = state.parentID
    }
    return true
  }

  /// Lets all of the group go on.
  package static func continueOwn() {
    kill(0, SIGCONT)
  }
}
