extension SyntaxScanner {
  /// Reads a command or process substitution, or an arithmetic expansion, from its first parenthesis.
  ///
  /// bash finds the end of what begins with two parentheses by counting them. That is arithmetic behind `$` if the last
  /// two close together; otherwise, it is commands of which the first is a subshell.
  mutating func readSubstitution(mayBeArithmetic: Bool) throws(ScanFailure) {
    guard byte(at: index + 1) == "(" else { return try readCommandSubstitution() }
    let opening = index
    let before = lexicalState()
    if subshellParentheses[opening] == nil {
      index += 2
      try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("(", ")") }
      if mayBeArithmetic && current == ")" {
        index += 1
        return
      }
      try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("(", ")") }
      subshellParentheses[opening] = index - 1
      goBack(to: before)
    }
    guard let closing = subshellParentheses[opening], closing < end else { throw .endOfInput }
    try readApart(opening + 1..<closing) { (scanner) throws(ScanFailure) in try scanner.readProgram() }
    index = closing + 1
  }

  private mutating func readCommandSubstitution() throws(ScanFailure) {
    index += 1
    let outerPending = pendingHereDocuments
    pendingHereDocuments = []
    openSubstitutions += 1
    defer { openSubstitutions -= 1 }
    skipBlanks()
    substitutionStart = index
    try descend { (scanner) throws(ScanFailure) in
      try scanner.readList()
      try scanner.readClosingParenthesis()
    }
    pendingHereDocuments += outerPending
  }

  /// Reads `)`.
  mutating func readClosingParenthesis() throws(ScanFailure) {
    skipBlanks()
    guard current == ")" else { throw current == .end ? .endOfInput : .syntaxError }
    index += 1
    tokenEnd = index
  }

  /// Reads `((…))`, from its first parenthesis, if it is arithmetic.
  ///
  /// - Returns: Whether it was; if not, nothing has been read, and the parentheses open subshells.
  mutating func readArithmeticCommand() throws(ScanFailure) -> Bool {
    let opening = index
    guard subshellParentheses[opening] == nil else { return false }
    let before = lexicalState()
    skipTwo()
    try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("(", ")") }
    guard current == ")" else {
      subshellParentheses[opening] = index - 1
      goBack(to: before)
      return false
    }
    index += 1
    tokenEnd = index
    return true
  }

  /// Reads `` `…` ``.
  ///
  /// bash finds the closing backquote first and reads what stands between when it runs it, with the backslashes
  /// before `$`, `` ` `` and `\` taken away.
  mutating func readBackquotes(inDoubleQuotes: Bool) throws(ScanFailure) {
    let opening = index
    var hasBackslash = false
    index += 1
    while current != "`" {
      switch current {
      case .end: throw .endOfInput
      case "\\":
        hasBackslash = true
        index = min(index + 2, end)
      default: index += 1
      }
    }
    let content = opening + 1..<index
    if hasBackslash {
      try readEscapedCommands(content, inDoubleQuotes: inDoubleQuotes)
    } else {
      try readApart(content) { (scanner) throws(ScanFailure) in try scanner.readProgram() }
    }
    index = content.upperBound + 1
  }

  /// Reads commands that are not what stands in the source, so that no operator in them could be rewritten there.
  private mutating func readEscapedCommands(_ content: Range<Int>, inDoubleQuotes: Bool) throws(ScanFailure) {
    var commands: [UInt8] = []
    var offset = content.lowerBound
    while offset < content.upperBound {
      if byte(at: offset) == "\\" && offset + 1 < content.upperBound {
        switch byte(at: offset + 1) {
        case "$", "`", "\\": offset += 1
        case "\"" where inDoubleQuotes: offset += 1
        default:
          commands.append(source[offset])
          offset += 1
        }
      }
      commands.append(source[offset])
      offset += 1
    }
    guard depth < Limits.depth else { throw .tooDeep }
    var scanner = SyntaxScanner(commands, isPosix: isPosix, depth: depth + 1)
    do {
      try scanner.readProgram()
    } catch {
      guard !error.endsScan else { throw error }
      return
    }
    mentionsTaskReference = mentionsTaskReference || scanner.mentionsTaskReference
    if !scanner.operators.isEmpty || !scanner.problems.isEmpty {
      report("'&bg' cannot stand in backquotes with backslashes: write '$( )'", at: content.lowerBound - 1)
    }
  }
}
