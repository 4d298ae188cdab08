import Glibc

/// A named step at which a test can have this process killed.
///
/// In debug builds `BGSH_FAILPOINT=NAME[:COUNT]` kills it with SIGKILL when it comes to that step for the COUNT-th time,
/// the first by default. In others there is nothing.
package enum Failpoint: String, CaseIterable, Sendable {
  // The supervisor.
  case idReserved = "id-reserved"
  case idOffered = "id-offered"
  case registered
  case inserted
  case started
  case ending
  case ended
  // bgsh.
  case childReaped = "child-reaped"
  case supervisorLost = "supervisor-lost"
  case noticePrinted = "notice-printed"
  case noticeAcknowledged = "notice-acknowledged"

  /// The environment variable that names one.
  package static let variable = "BGSH_FAILPOINT"

  #if DEBUG
    nonisolated(unsafe) private static var armed: (name: String, left: Int)? = {
      guard let text = getenv(variable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
      let parts = text.split(separator: ":")
      return (String(parts[0]), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }()
  #endif

  @inline(__always)
  package static func reach(_ step: Failpoint) {
    #if DEBUG
      guard let (name, left) = armed, name == step.rawValue else { return }
      armed = (name, left - 1)
      if left <= 1 { kill(getpid(), SIGKILL) }
    #endif
  }

  /// Lets a supervisor that takes the place of one killed at a step live on.
  package static func disarmChildren() {
    #if DEBUG
      unsetenv(variable)
    #endif
  }
}
