/// Why there can be no session.
enum SessionFailure: Error, CustomStringConvertible {
  case noBash
  case cannotStart(String)

  var description: String {
    switch self {
    case .noBash: "there is no bash in PATH; install it, or name one with BGSH_SHELL"
    case .cannotStart(let reason): reason
    }
  }
}
