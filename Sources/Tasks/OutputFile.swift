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
    case .error: ".stderr"
    }
  }
}
