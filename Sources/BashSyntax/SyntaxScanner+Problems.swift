extension SyntaxScanner {
  /// Remembers what is wrong with a use of bgsh's words at an offset.
  mutating func report(_ message: String, at offset: Int) { problems.append((offset, message)) }

  /// The problems in the order of the source, with lines and columns.
  func locatedProblems() -> [SyntaxProblem] {
    var line = 1
    var column = 1
    var counted = 0
    return problems.sorted { $0.offset < $1.offset }.map { offset, message in
      var lineStart = counted
      for position in counted..<offset where byte(at: position) == "\n" {
        line += 1
        column = 1
        lineStart = position + 1
      }
      column += String(decoding: source[lineStart..<offset], as: UTF8.self).unicodeScalars.count
      counted = offset
      return SyntaxProblem(offset: offset, line: line, column: column, message: message)
    }
  }
}
