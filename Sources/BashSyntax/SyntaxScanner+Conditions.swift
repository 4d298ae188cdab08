extension SyntaxScanner {
  /// Reads what follows `[[`.
  mutating func readCondition() throws(ScanFailure) {
    try readConditionExpression()
    guard isAtConditionEnd else { throw current == .end ? .endOfInput : .syntaxError }
    index += 2
    tokenEnd = index
  }

  /// Reads terms joined by `&&` and `||`.
  private mutating func readConditionExpression() throws(ScanFailure) {
    try readConditionTerm()
    while (current == "&" || current == "|") && following == current {
      skipTwo()
      try readConditionTerm()
    }
  }

  private mutating func readConditionTerm() throws(ScanFailure) {
    try skipNewlines()
    while skip(.bang) { try skipNewlines() }
    if current == "(" {
      index += 1
      try descend { (scanner) throws(ScanFailure) in try scanner.readConditionExpression() }
      try readClosingParenthesis()
      return try skipNewlines()
    }
    guard current != .end else { throw .endOfInput }
    let first = try readConditionWord()
    skipBlanks()
    if isUnaryOperator(first) {
      _ = try readConditionWord()
      return try skipNewlines()
    }
    switch current {
    case "<" where !isAtWord, ">" where !isAtWord:
      index += 1
      skipBlanks()
      _ = try readConditionWord()
    case "&", "|", ")":
      return
    default:
      if isAtConditionEnd { return }
      try readComparison()
    }
    try skipNewlines()
  }

  /// Reads a binary operator that is a word, and its right side.
  private mutating func readComparison() throws(ScanFailure) {
    let comparison = try readConditionWord()
    skipBlanks()
    if source[comparison.range].elementsEqual("=~".utf8) {
      guard !isAtConditionEnd else { throw .syntaxError }
      try readRegularExpression()
    } else {
      guard isBinaryOperator(comparison) else { throw .syntaxError }
      _ = try readConditionWord()
    }
  }

  /// Reads a word, in which `(` and `|` are not what they are elsewhere.
  private mutating func readRegularExpression() throws(ScanFailure) {
    let start = index
    while true {
      switch current {
      case "'", "\"", "`", "\\", "$":
        try readQuotedOrExpanded()
      case "(":
        index += 1
        try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("(", ")") }
      case "|":
        index += 1
      case "<", ">":
        guard following == "(" else { return try endRegularExpression(from: start) }
        index = pastContinuations(index + 1)
        try readSubstitution(mayBeArithmetic: false)
      default:
        guard !current.endsWord else { return try endRegularExpression(from: start) }
        index += 1
      }
    }
  }

  private mutating func endRegularExpression(from start: Int) throws(ScanFailure) {
    guard index > start else { throw .syntaxError }
    tokenEnd = index
  }

  private mutating func readConditionWord() throws(ScanFailure) -> Word {
    guard isAtWord, !isAtConditionEnd else { throw .syntaxError }
    return try readWord()
  }

  private var isAtConditionEnd: Bool { holds("]]", at: index) && byte(at: index + 2).endsWord }

  private func isUnaryOperator(_ word: Word) -> Bool {
    guard word.isPlain, word.range.count == 2, byte(at: word.range.lowerBound) == "-" else { return false }
    return "abcdefghknoprstuvwxzGLNORS".utf8.contains(source[word.range.lowerBound + 1])
  }

  private func isBinaryOperator(_ word: Word) -> Bool {
    word.isPlain
      && ["=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"].contains {
        source[word.range].elementsEqual($0.utf8)
      }
  }
}
