package import ProcessControl
import Tasks

/// How notices are written: for a screen of some size, or as plain lines.
package struct NoticeStyle: Hashable, Sendable {
  /// What tells a good end from a bad one besides words.
  package enum Marks: Hashable, Sendable {
    case none
    case ascii
    case unicode
  }

  /// How wide and how high the screen is; nil where there is none.
  package var columns: Int?
  package var rows: Int?
  package var marks = Marks.none
  package var hasColour = false
  /// Stands for what is left out.
  package var ellipsis = MiddleCut.ellipsis

  /// For a pipe or a file.
  package static let plain = NoticeStyle()

  package init() {}

  /// - Parameters:
  ///   - terminal: nil for what is none.
  ///   - variables: What the environment says about it: `TERM`, `NO_COLOR` and the locale.
  package init(for terminal: Terminal?, variables: (String) -> String?) {
    guard let terminal else { return }
    if let size = terminal.size { (rows, columns) = size }
    let isUnicode = Self.hasUnicode(variables)
    if !isUnicode { ellipsis = MiddleCut.asciiEllipsis }
    guard let name = variables("TERM"), !name.isEmpty, name != "dumb" else { return }
    marks = isUnicode ? .unicode : .ascii
    hasColour = variables("NO_COLOR").map(\.isEmpty) ?? true
  }

  /// The variables that ``init(for:variables:)`` asks for.
  package static let variables = ["TERM", "NO_COLOR"] + locale
  private static let locale = ["LC_ALL", "LC_CTYPE", "LANG"]

  /// Whether the locale's characters are those of Unicode. The first variable that is set decides, as in the C library.
  private static func hasUnicode(_ variables: (String) -> String?) -> Bool {
    for case let value? in locale.lazy.map(variables) where !value.isEmpty {
      let lowercase = value.lowercased()
      return lowercase.contains("utf-8") || lowercase.contains("utf8")
    }
    return false
  }

  /// What a state looks like.
  enum Tone {
    case good
    case bad
    case late
    case asking
    case faint
  }

  /// A text in the colour of its tone.
  func coloured(_ text: String, _ tone: Tone) -> String {
    guard hasColour else { return text }
    let code =
      switch tone {
      case .good: "32"
      case .bad: "31"
      case .late: "33"
      case .asking: "1;35"
      case .faint: "2"
      }
    return "\u{1b}[\(code)m\(text)\u{1b}[0m"
  }

  /// How many rows of the screen a line takes.
  func rows(of line: String) -> Int {
    guard let columns, columns > 0 else { return 1 }
    return max(1, (DisplayWidth.of(line) + columns - 1) / columns)
  }
}
