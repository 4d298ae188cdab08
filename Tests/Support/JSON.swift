/// A value of what the commands print with `--json`: objects keep their keys in order, numbers are whole.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Int64)
  case string(String)
  case array([JSON])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let key: String
    package let value: JSON
  }

  /// Reads one value and nothing after it.
  package init(parsing text: String) throws {
    var reader = JSONReader(text)
    self = try reader.readDocument()
  }

  /// The value of a key; null where there is no such key.
  package subscript(key: String) -> JSON {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.key == key }?.value ?? .null
  }

  /// The keys of an object, in their order.
  package var keys: [String] {
    if case .object(let members) = self { members.map(\.key) } else { [] }
  }

  package var elements: [JSON] {
    if case .array(let elements) = self { elements } else { [] }
  }

  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var number: Int64? {
    if case .number(let number) = self { number } else { nil }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .number(value) }
}

/// Reads RFC 8259 without fractions, and refuses what no correct writer writes.
private struct JSONReader {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) {
    rest = Substring(text).unicodeScalars
  }

  mutating func readDocument() throws -> JSON {
    let value = try readValue()
    skipBlanks()
    guard rest.isEmpty else { throw failure("something after the value") }
    return value
  }

  private mutating func readValue() throws -> JSON {
    skipBlanks()
    switch rest.first {
    case "{": return try readObject()
    case "[": return try readArray()
    case "\"": return .string(try readString())
    case "n": return try readWord("null", .null)
    case "t": return try readWord("true", .bool(true))
    case "f": return try readWord("false", .bool(false))
    default: return try readNumber()
    }
  }

  private mutating func readObject() throws -> JSON {
    try expect("{")
    var members: [JSON.Member] = []
    while !take("}") {
      if !members.isEmpty { try expect(",") }
      skipBlanks()
      let key = try readString()
      guard !members.contains(where: { $0.key == key }) else { throw failure("the key '\(key)' twice") }
      try expect(":")
      members.append(.init(key: key, value: try readValue()))
    }
    return .object(members)
  }

  private mutating func readArray() throws -> JSON {
    try expect("[")
    var elements: [JSON] = []
    while !take("]") {
      if !elements.isEmpty { try expect(",") }
      elements.append(try readValue())
    }
    return .array(elements)
  }

  private mutating func readString() throws -> String {
    guard rest.popFirst() == "\"" else { throw failure("no string") }
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return String(text)
      case "\\": text.append(try readEscape())
      case "\u{0}"..<" ": throw failure("a control character in a string")
      default: text.append(scalar)
      }
    }
    throw failure("a string without an end")
  }

  private mutating func readEscape() throws -> Unicode.Scalar {
    switch rest.popFirst() {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case let other? where "\"\\/".unicodeScalars.contains(other): return other
    case "u":
      var units = [try readUnit()]
      if UTF16.isLeadSurrogate(units[0]), rest.popFirst() == "\\", rest.popFirst() == "u" {
        units.append(try readUnit())
      }
      guard let text = String(validating: units, as: UTF16.self), let scalar = text.unicodeScalars.first else {
        throw failure("an escape of half a character")
      }
      return scalar
    default: throw failure("an unknown escape")
    }
  }

  private mutating func readUnit() throws -> UInt16 {
    let digits = String(rest.prefix(4))
    rest = rest.dropFirst(4)
    guard let unit = UInt16(digits, radix: 16) else { throw failure("the escape \\u\(digits)") }
    return unit
  }

  private mutating func readWord(_ word: String, _ value: JSON) throws -> JSON {
    guard rest.starts(with: word.unicodeScalars) else { throw failure("no value") }
    rest = rest.dropFirst(word.unicodeScalars.count)
    return value
  }

  private mutating func readNumber() throws -> JSON {
    let digits = rest.prefix { $0 == "-" || ("0"..."9").contains($0) }
    guard let number = Int64(String(digits)) else { throw failure("no value") }
    rest = rest.dropFirst(digits.count)
    return .number(number)
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws {
    guard take(scalar) else { throw failure("no '\(scalar)'") }
  }

  private func failure(_ what: String) -> HarnessFailure {
    HarnessFailure("JSON: \(what) before '\(String(rest.prefix(40)))'")
  }
}
