import Agents
import TaskOperations

/// How the shell of a call is named.
enum SessionName {
  /// Where nothing else is said.
  static let standard = "default"

  /// What the input of a call says; nil where it says nothing.
  static func of(_ input: JSONValue) -> String? {
    input["session"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }
}
