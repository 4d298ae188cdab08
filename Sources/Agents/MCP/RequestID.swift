package import TaskOperations

/// What a request is called by the one who made it.
package enum RequestID: Hashable, Sendable {
  case number(Int64)
  case text(String)

  /// Reads one; nil for what may be none.
  package init?(_ value: JSONValue) {
    switch value {
    case .number(let number): self = .number(number)
    case .string(let text): self = .text(text)
    default: return nil
    }
  }

  package var json: JSONValue {
    switch self {
    case .number(let number): .number(number)
    case .text(let text): .string(text)
    }
  }
}
