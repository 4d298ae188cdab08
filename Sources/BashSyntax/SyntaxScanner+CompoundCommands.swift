extension SyntaxScanner {
  /// Reads a compound command and its redirections.
  mutating func readCompoundCommand() throws(ScanFailure) {
    try descend { (scanner) throws(ScanFailure) in try scanner.readCompoundCommandAlone() }
    var isRedirected = false
    while true {
      skipBlanks()
      if isAtRedirection && !isAtWord {
        try readRedirection()
      } else if isAtWord {
        let start = index
        guard byte(at: start).isDigit || byte(at: start) == "{" else { break }
        let word = try readWord()
        guard isDescriptor(word) else {
          index = start
          break
        }
        try readRedirection()
      } else {
        break
      }
      isRedirected = true
    }
    if isRedirected && isAtWord { throw .syntaxError }
  }

  private mutating func readCompoundCommandAlone() throws(ScanFailure) {
    if current == "(" {
      if following == "(" { return try readDoubleParentheses() }
      return try readSubshell()
    }
    guard let (keyword, end) = keywordAhead() else { throw .syntaxError }
    index = end
    switch keyword {
    case .if: try readIf()
    case .while, .until: try readWhile()
    case .for, .select: try readFor(keyword)
    case .case: try readCase()
    case .openBrace:
      try readRequiredList()
      try read(.closeBrace)
    case .openCondition: try readCondition()
    default: throw .syntaxError
    }
  }

  private mutating func readSubshell() throws(ScanFailure) {
    index += 1
    try readRequiredList()
    try readClosingParenthesis()
  }

  /// Reads `((…))`, or a subshell that begins with a subshell.
  ///
  /// bash reads the inner subshell twice, and does not find the bodies of its here-documents again.
  private mutating func readDoubleParentheses() throws(ScanFailure) {
    let opening = index
    guard try !readArithmeticCommand() else { return }
    let hereDocumentCount = hereDocuments.count
    try readSubshell()
    guard hereDocuments.count > hereDocumentCount, let closing = subshellParentheses[opening] else { return }
    if let body = hereDocuments[hereDocumentCount].body, body.lowerBound <= closing { throw .syntaxError }
  }

  private mutating func readIf() throws(ScanFailure) {
    repeat {
      try readRequiredList()
      try read(.then)
      try readRequiredList()
    } while skip(.elif)
    if skip(.else) { try readRequiredList() }
    try read(.fi)
  }

  private mutating func readWhile() throws(ScanFailure) {
    try readRequiredList()
    try read(.do)
    try readRequiredList()
    try read(.done)
  }

  /// Reads `for` and `select`.
  private mutating func readFor(_ keyword: Keyword) throws(ScanFailure) {
    skipBlanks()
    if keyword == .for && current == "(" {
      guard following == "(", try readArithmeticCommand() else { throw .syntaxError }
      skipBlanks()
      if current == ";" { index += 1 }
      try skipNewlines()
      return try readLoopBody()
    }
    try readRequiredWord()
    skipBlanks()
    if current == ";" {
      index += 1
      try skipNewlines()
      return try readLoopBody()
    }
    if keywordAhead()?.keyword == .openBrace { throw .syntaxError }
    try skipNewlines()
    if skip(.in) {
      skipBlanks()
      while isAtWord {
        _ = try readWord()
        skipBlanks()
      }
      switch current {
      case ";": index += 1
      case "\n", .end: break
      default: throw .syntaxError
      }
      try skipNewlines()
    }
    try readLoopBody()
  }

  private mutating func readLoopBody() throws(ScanFailure) {
    if skip(.openBrace) {
      try readRequiredList()
      return try read(.closeBrace)
    }
    try read(.do)
    try readRequiredList()
    try read(.done)
  }

  private mutating func readCase() throws(ScanFailure) {
    try readRequiredWord()
    try skipNewlines()
    try read(.in)
    try skipNewlines()
    while !skip(.esac) {
      guard current != .end else { throw .endOfInput }
      try readCasePattern()
      try readList()
      skipBlanks()
      guard current == ";" else {
        try read(.esac)
        return
      }
      skipTwo()
      let third = pastContinuations(index)
      if byte(at: third) == "&" && byte(at: index - 1) == ";" { index = third + 1 }
      try skipNewlines()
    }
  }

  /// Reads the words between which `|` stands, with the parentheses around them.
  private mutating func readCasePattern() throws(ScanFailure) {
    if current == "(" { index += 1 }
    try readRequiredWord()
    skipBlanks()
    while current == "|" {
      index += 1
      try readRequiredWord()
      skipBlanks()
    }
    guard current == ")" else { throw .syntaxError }
    index += 1
  }
}
