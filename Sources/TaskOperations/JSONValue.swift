import Tasks

/// JSON in the order in which it is put together: the manual promises the keys, and people read them.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(Int64)
  case decimal(Double)
  case string(String)
  case array([JSONValue])
  case object([(String, JSONValue)])

  package init(_ text: String?) {
    self = text.map(JSONValue.string) ?? .null
  }

  package init(_ number: (some BinaryInteger)?) {
    self = number.map { .number(Int64($0)) } ?? .null
  }

  /// The value on one line; of an array that is not nested, one element a line.
  package var text: String {
    var text = ""
    if case .array(let elements) = self, !elements.isEmpty {
      text = "["
      for (index, element) in elements.enumerated() {
        text += index == 0 ? "" : ",\n "
        element.write(to: &text)
      }
      return text + "]"
    }
    write(to: &text)
    return text
  }

  /// The value on one line, whatever it is.
  package var line: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let value): text += String(value)
    case .decimal(let value): text += value.isFinite ? String(value) : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        Self.write(member.0, to: &text)
        text += ":"
        member.1.write(to: &text)
      }
      text += "}"
    }
  }

  /// RFC 8259, section 7. DEL and what would not be seen or drives a terminal are escaped too: one may read this.
  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar < " " || scalar == "\u{7f}" || VisibleText.isHidden(scalar):
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
