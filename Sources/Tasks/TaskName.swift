/// A name under which a task can be referred to, as `@tests`.
package struct TaskName: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Checks what the name must not be.
  package init(_ text: String) throws(TaskNameError) {
    guard let first = text.unicodeScalars.first else { throw .empty }
    if first == "@" || first == "-" { throw .badStart(text) }
    for scalar in text.unicodeScalars where scalar == "," || scalar == "/" { throw .badCharacter(text, scalar) }
    // A tab is shown as blanks, which could be a name as well.
    guard VisibleText.isShownAsWritten(text), !text.utf8.contains(0x09) else { throw .hiddenCharacter(text) }
    if text.utf8.allSatisfy({ (48...57).contains($0) }) { throw .number(text) }
    guard text.unicodeScalars.count <= Limits.nameCharacters else { throw .tooLong(text) }
    self.text = text
  }

  /// A name that is on record, whatever was let pass when it was given.
  package init(recorded text: String) {
    self.text = text
  }

  package var description: String { text }
}

/// Why a text is no task name.
package enum TaskNameError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case badStart(String)
  case badCharacter(String, Unicode.Scalar)
  /// It drives the terminal, changes the order of text, or is not seen.
  case hiddenCharacter(String)
  case number(String)
  case tooLong(String)

  package var description: String {
    switch self {
    case .empty:
      "a name needs at least one character"
    case .badStart(let text):
      "a name cannot begin with '\(text.unicodeScalars.first.map { String($0) } ?? "")': '\(VisibleText.word(text))'"
    case .badCharacter(let text, let scalar):
      "a name cannot contain a \(scalar == "," ? "comma" : "slash"): '\(VisibleText.word(text))'"
    case .hiddenCharacter(let text):
      "a name cannot contain control characters or what is not seen: '\(VisibleText.word(text))'"
    case .number(let text):
      "a name cannot be a number, '@\(VisibleText.word(text))' is a task's id: '\(VisibleText.word(text))'"
    case .tooLong(let text):
      "a name has at most \(Limits.nameCharacters) characters: '\(VisibleText.word(text))'"
    }
  }
}
