/// How a user names a task: `@7`, `@tests`, or `@@` for the newest of the session.
package enum TaskReference: Hashable, Sendable, CustomStringConvertible {
  case id(TaskID)
  case name(TaskName)
  case newest

  /// Whether a word is meant as a reference, well formed or not.
  package static func isMeant(by word: String) -> Bool { word.utf8.first == UInt8(ascii: "@") }

  /// Reads a reference.
  package init(_ word: String) throws(TaskReferenceError) {
    guard Self.isMeant(by: word) else { throw .notAReference(word) }
    let body = String(word.dropFirst())
    if body == "@" {
      self = .newest
    } else if !body.isEmpty, body.utf8.allSatisfy({ (48...57).contains($0) }) {
      // A number too large for an id names a task that there cannot be.
      guard let number = Int64(body) else { throw .noTask(word) }
      self = .id(TaskID(rawValue: number))
    } else if let name = try? TaskName(body) {
      self = .name(name)
    } else {
      throw .notAReference(word)
    }
  }

  package var description: String {
    switch self {
    case .id(let id): id.description
    case .name(let name): "@\(name.text)"
    case .newest: "@@"
    }
  }
}

/// Why a reference leads to no task.
package enum TaskReferenceError: Error, Hashable, Sendable, CustomStringConvertible {
  case notAReference(String)
  /// Well formed, but there is none.
  case noTask(String)
  /// None of that name, and one of a name like it.
  case otherName(String, nearest: String)

  /// Says that a reference was looked up in vain.
  package init(missing reference: TaskReference) {
    self = .noTask(reference.description)
  }

  package var description: String {
    switch self {
    case .notAReference(let word):
      "'\(VisibleText.word(word))' is no task; write @7, @name or @@"
    case .noTask("@@"):
      "no task @@: this session has started none; 'jobs -a' shows the tasks there are"
    case .otherName(let name, let nearest):
      "no task @\(VisibleText.word(name)); did you mean @\(VisibleText.word(nearest))?"
    case .noTask(let reference):
      "no task \(VisibleText.word(reference)); 'jobs -a' shows the tasks there are"
    }
  }
}
