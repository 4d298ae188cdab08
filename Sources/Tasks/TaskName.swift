/// A name under which a task can be referred to, as `@tests`.
package struct TaskName: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Checks what the name must not be.
  package init(_ text: String) throws(TaskNameError) {
    guard let first = text.unicodeScalars.first else { throw .empty }
    if first == "@" || first == "-" { throw .badStart(text) }
    var isNumber = true
    for scalar in text.unicodeScalars {
      if scalar == "," || scalar == "/" || scalar.properties.generalCategory == .control {
        throw .badCharacter(text, scalar)
      }
      if !("0"..."9").contains(scalar) { isNumber = false }
    }
    if isNumber { throw .number(text) }
    self.text = text
  }

  package var description: String { text }
}

/// Why a text is no task name.
package enum TaskNameError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case badStart(String)
  case badCharacter(String, Unicode.Scalar)
  case number(String)

  package var description: String {
    switch self {
    case .empty:
      "a name needs at least one character"
    case .badStart(let text):
      "a name cannot begin with '\(text.prefix(1))': '\(VisibleText.word(text))'"
    case .badCharacter(let text, let scalar):
      "a name cannot contain \(Self.spelling(of: scalar)): '\(VisibleText.word(text))'"
    case .number(let text):
      "a name cannot be a number, '@\(text)' is a task's id: '\(text)'"
    }
  }

  private static func spelling(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case ",": "a comma"
    case "/": "a slash"
    default: "control characters"
    }
  }
}
