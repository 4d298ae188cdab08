import Tasks

/// Text of others as a model may read it: without what drives a terminal, and with nothing that looks as if it came from
/// bgsh.
package enum PlainText {
  /// What a program has written. Escape sequences and control characters are removed, and of a line that was written over
  /// and over, as by a progress bar, the last version is kept.
  package static func output(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    var lineStart = text.endIndex
    var returned = false
    var escape = Escape.none
    for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
      if escape.takes(scalar) { continue }
      switch scalar {
      case "\r":
        returned = true
        continue
      case "\n":
        text.append(scalar)
        lineStart = text.endIndex
        returned = false
        continue
      case "\u{8}":
        if text.endIndex > lineStart { text.removeLast() }
        continue
      case "\t": break
      default: if isControl(scalar) { continue }
      }
      if returned {
        text.removeSubrange(lineStart...)
        lineStart = text.endIndex
        returned = false
      }
      text.append(scalar)
    }
    return withoutMarks(String(text))
  }

  /// A text in one line, without control characters.
  package static func line(_ text: String) -> String {
    let words = output(text.utf8).split { $0.isNewline || $0 == "\t" }.map { $0.filter { !$0.isNewline } }
    return words.joined(separator: " ")
  }

  /// Text that stands between two tags: it can close none.
  package static func inTag(_ text: String) -> String {
    text.replacing("</", with: "&lt;/")
  }

  /// What only bgsh says.
  private static func withoutMarks(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "-")) || text.utf8.contains(UInt8(ascii: "[")) else { return text }
    return text.replacing("<task-notification", with: "&lt;task-notification")
      .replacing("</task-notification", with: "&lt;/task-notification")
      .replacing("[SYSTEM NOTIFICATION", with: "(SYSTEM NOTIFICATION")
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || VisibleText.isHidden(scalar)
  }
}

/// Where in an escape sequence of a terminal a text stands.
private enum Escape {
  case none
  case begun
  /// `ESC [`, up to a letter.
  case control
  /// `ESC ]` and the like, up to a bell or `ESC \`.
  case string
  case stringEscape
  /// One more character.
  case last

  mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
    switch self {
    case .none:
      switch scalar {
      case "\u{1b}": self = .begun
      case "\u{9b}": self = .control
      default: return false
      }
    case .begun:
      switch scalar {
      case "[": self = .control
      case "]", "P", "X", "^", "_": self = .string
      case " "..."/": self = .last
      case "\n":
        self = .none
        return false
      default: self = .none
      }
    case .control:
      if scalar == "\n" {
        self = .none
        return false
      }
      if ("@"..."~").contains(scalar) { self = .none }
    case .string:
      switch scalar {
      case "\u{7}": self = .none
      case "\u{1b}": self = .stringEscape
      case "\n":
        // A sequence that was never closed takes no more than its line.
        self = .none
        return false
      default: break
      }
    case .stringEscape: self = scalar == "\\" ? .none : .string
    case .last: self = .none
    }
    return true
  }
}
