import CProtocol

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
}
