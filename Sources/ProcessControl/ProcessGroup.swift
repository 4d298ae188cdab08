import Glibc

/// The process group of this process.
package enum ProcessGroup {
  /// Whether no process outside of the group, but in its session, is an ancestor of this one: then nobody could let it go
  /// on when it is stopped.
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
