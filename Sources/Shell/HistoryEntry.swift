import BashSyntax

/// A command of several lines as one history entry, on one line where that means the same.
enum HistoryEntry {
  /// Joins the lines of a complete command, as bash does under `cmdhist`: with `; ` or a blank where one ends a command
  /// or goes on, and as they are within quotes and here-documents.
  static func joining(_ lines: [[UInt8]]) -> [UInt8] {
    guard var entry = lines.first else { return [] }
    for (index, line) in lines.enumerated().dropFirst() {
      let rest = Array(lines[index...].joined(separator: [UInt8(ascii: "\n")]))
      let joint = joint(between: entry, and: rest)
      if joint.isEmpty { entry.removeLast() }
      entry += joint + line
    }
    return entry
  }

  /// What stands between the two; nothing if the backslash before the break goes with it.
  private static func joint(between entry: [UInt8], and rest: [UInt8]) -> [UInt8] {
    let asItIs = Array("\n".utf8)
    if isText(after: entry) { return asItIs }
    if entry.last == UInt8(ascii: "\\"), isComplete(entry.dropLast() + rest) { return [] }
    for joint in ["; ", " "] where isComplete(entry + Array(joint.utf8) + rest) { return Array(joint.utf8) }
    return asItIs
  }

  /// Whether a quotation or a here-document is open: only there do any number of closing parentheses make no error.
  private static func isText(after entry: [UInt8]) -> Bool {
    let parentheses = Array(repeating: UInt8(ascii: ")"), count: 200)
    return SyntaxScanner.scan(entry + Array("\n ".utf8) + parentheses).completeness == .incomplete
  }

  private static func isComplete(_ source: [UInt8]) -> Bool {
    SyntaxScanner.scan(source).completeness == .complete
  }
}
