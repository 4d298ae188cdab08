extension SyntaxScanner {
  /// Reads and-or lists and what separates them, up to something that belongs to none.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  mutating func readList() throws(ScanFailure) -> Bool {
    var isEmpty = true
    try skipNewlines()
    while !isAtListEnd {
      isEmpty = false
      let isEnded = try readAndOrList()
      skipBlanks()
      switch current {
      case ";" where following != ";" && following != "&": index += 1
      case "&" where !isAtBackgroundOperator: index += 1
      case "\n": break
      default: guard isEnded else { return true }
      }
      try skipNewlines()
    }
    return !isEmpty
  }

  /// Reads a list that must hold a command.
  mutating func readRequiredList() throws(ScanFailure) {
    guard try readList() else { throw current == .end ? .endOfInput : .syntaxError }
  }

  /// Whether no list can begin at the next token, because it closes something or because there is none.
  private var isAtListEnd: Bool {
    switch current {
    case .end, ")": true
    case ";": following == ";" || following == "&"
    default: keywordAhead()?.keyword.endsList ?? false
    }
  }

  /// Reads pipelines joined by `&&` and `||`, and the operator that sends them to the background.
  ///
  /// - Returns: Whether it ended with such an operator, so that another list may follow at once.
  private mutating func readAndOrList() throws(ScanFailure) -> Bool {
    let prefix = try readPrefix()
    if let prefix { openPrefixes.append(prefix.range) }
    let isEnded = try readAndOrList(after: prefix)
    if prefix != nil { openPrefixes.removeLast() }
    return isEnded
  }

  private mutating func readAndOrList(after prefix: Prefix?) throws(ScanFailure) -> Bool {
    let start = index
    var lacksCommand = false
    if let prefix, !isAtCommand {
      report("nothing to run after '--timeout'", at: prefix.range.lowerBound)
      guard isAtBackgroundOperator || following == current else { return true }
      lacksCommand = true
    } else {
      lacksCommand = try readPipeline()
      skipBlanks()
    }
    while (current == "&" || current == "|") && following == current {
      skipTwo()
      try skipNewlines()
      lacksCommand = try readPipeline() || lacksCommand
      skipBlanks()
    }
    let list = start..<max(start, tokenEnd)
    if isAtBackgroundOperator {
      try readSuffix(of: list, prefix: prefix, lacksCommand: lacksCommand)
      return true
    }
    if let prefix, !lacksCommand { return try finish(prefix, list) }
    return false
  }

  /// Whether a command can begin at the next token.
  private var isAtCommand: Bool {
    switch current {
    case .end, "\n", ";", ")", "|": false
    case "&": following == ">"
    default: !(keywordAhead()?.keyword.endsList ?? false)
    }
  }

  /// Reads commands joined by `|`, with the `!` and `time` before them.
  ///
  /// - Returns: Whether a command is missing before `&bg`, which has been reported.
  private mutating func readPipeline() throws(ScanFailure) -> Bool {
    let operatorCount = operators.count
    var mayBePattern = false
    while let (keyword, end) = keywordAhead(), keyword == .bang || keyword == .time {
      // bash takes `$(time)`, and `time)` nowhere else.
      let mayMeetParenthesis = keyword == .time && index == substitutionStart
      index = end
      tokenEnd = end
      mayBePattern = keyword == .bang && byte(at: end) == "("
      skipBlanks()
      if keyword == .time { skipTimeOptions() }
      if current == "\n" || current == ";" || current == .end { return false }
      if current == ")" && mayMeetParenthesis { return false }
    }
    var lacksCommand = try readCommand()
    if mayBePattern, let operation = operators[operatorCount...].first {
      report("'!(' may begin a pattern: write '! (' before a list with '&bg'", at: operation.operatorRange.lowerBound)
    }
    skipBlanks()
    while current == "|" && following != "|" {
      if following == "&" { skipTwo() } else { index += 1 }
      try skipNewlines()
      if let (keyword, _) = keywordAhead(), keyword == .bang { throw .syntaxError }
      lacksCommand = try readCommand() || lacksCommand
      skipBlanks()
    }
    return lacksCommand
  }

  private mutating func skipTimeOptions() {
    for option in ["-p", "--"] where holds(option, at: index) && byte(at: index + 2).endsWord {
      index += 2
      tokenEnd = index
      skipBlanks()
    }
  }

  /// The reserved word that the next word is, if it is one, and where it ends.
  func keywordAhead() -> (keyword: Keyword, end: Int)? {
    var packed: UInt64 = 0
    var length = 0
    var offset = index
    while true {
      offset = pastContinuations(offset)
      let byte = byte(at: offset)
      if byte.endsWord { break }
      guard length < Keyword.longest, byte.isKeywordPart else { return nil }
      packed = packed << 8 | UInt64(byte.code)
      length += 1
      offset += 1
    }
    guard length > 0, let keyword = Keyword(packed: packed) else { return nil }
    return (keyword, offset)
  }

  /// Reads a reserved word that must be there.
  mutating func read(_ expected: Keyword) throws(ScanFailure) {
    guard skip(expected) else { throw current == .end ? .endOfInput : .syntaxError }
  }

  /// Reads a reserved word if it is there.
  ///
  /// - Returns: Whether it was.
  mutating func skip(_ keyword: Keyword) -> Bool {
    skipBlanks()
    guard let (found, end) = keywordAhead(), found == keyword else { return false }
    index = end
    tokenEnd = end
    return true
  }
}
