import CProtocol

extension SyntaxScanner {
  /// A prefix form of which the flags have been read.
  struct Prefix {
    let range: Range<Int>
    let flags: [BackgroundOperator.Flag]
  }

  /// Whether `&bg` stands at the next byte, where a list may end.
  var isAtBackgroundOperator: Bool {
    holds(BGSH_OPERATOR, at: index)
      && byte(at: pastContinuations(index + BGSH_OPERATOR.utf8.count)).endsWord
  }

  /// Reads the whole input if it is `&bg` alone.
  mutating func readLoneOperator() -> BackgroundOperator? {
    defer { index = 0 }
    skipBlankLines()
    let start = index
    guard isAtBackgroundOperator else { return nil }
    index += 3
    skipBlankLines()
    guard current == .end && !endsInContinuation else { return nil }
    return BackgroundOperator(
      form: .alone, list: start..<start, operatorRange: start..<start + 3, flags: [], hereDocumentBodies: [],
      terminator: nil, needsSeparator: false)
  }

  /// Goes past newlines that begin no body of a here-document.
  mutating func skipBlankLines() {
    skipBlanks()
    while current == "\n" {
      index += 1
      skipBlanks()
    }
  }

  /// Reads `&bg` and its flags, after a list.
  mutating func readSuffix(of list: Range<Int>, prefix: Prefix?, lacksCommand: Bool) throws(ScanFailure) {
    let start = index
    index += 3
    tokenEnd = index
    let flags = try readFlags(after: BGSH_OPERATOR)
    let range = start..<tokenEnd
    skipBlanks()
    if prefix != nil {
      report("the prefix '--timeout' and '&bg' cannot be used together", at: start)
    } else if !lacksCommand {
      operators.append(
        BackgroundOperator(
          form: .suffix, list: list, operatorRange: range, flags: flags, hereDocumentBodies: [], terminator: nil,
          needsSeparator: isAtNextCommand))
    }
    try rejectContinuation()
  }

  /// Reports what would go on with a list that `&bg` has ended.
  private mutating func rejectContinuation() throws(ScanFailure) {
    switch current {
    case "|" where following == "|", "&" where following == "&":
      let token = current == "|" ? "||" : "&&"
      report("'\(token)' cannot follow '&bg': write '&bg' at the end of the list", at: index)
      skipTwo()
      try skipNewlines()
    case "|":
      let token = following == "&" ? "|&" : "|"
      report("'\(token)' cannot follow '&bg': write '&bg' at the end of the pipeline", at: index)
      index += token.utf8.count
      try skipNewlines()
    case "&" where isAtBackgroundOperator:
      report("'&bg' cannot follow '&bg': one of them is enough", at: index)
      index += 3
      _ = try readFlags(after: BGSH_OPERATOR)
    case "&" where following != ">":
      report("'&' cannot follow '&bg': one of them is enough", at: index)
      index += 1
    default:
      try rejectRedirection()
    }
  }

  private mutating func rejectRedirection() throws(ScanFailure) {
    let start = index
    if current.isDigit || current == "{" {
      let before = lexicalState()
      let word = try readWord()
      let isRedirection = isDescriptor(word)
      goBack(to: before)
      guard isRedirection else { return }
    } else {
      guard isAtRedirection && !isAtWord else { return }
    }
    report("a redirection cannot follow '&bg': write it before '&bg'", at: start)
  }

  /// Reads `--timeout` and the flags after it, at the start of a list.
  mutating func readPrefix() throws(ScanFailure) -> Prefix? {
    guard holds(BGSH_PREFIX, at: index) else { return nil }
    let end = index + BGSH_PREFIX.utf8.count
    guard byte(at: end) == "=" || byte(at: end).endsWord, !isAtFunctionNamed(endingAt: end) else { return nil }
    let start = index
    let flags = try readFlags(after: BGSH_PREFIX)
    let range = start..<tokenEnd
    skipBlanks()
    return Prefix(range: range, flags: flags)
  }

  private func isAtFunctionNamed(endingAt end: Int) -> Bool {
    var ahead = self
    ahead.index = end
    ahead.skipBlanks()
    return ahead.current == "("
  }

  /// Records a prefix form, and reads the `&` that ends its list.
  ///
  /// - Returns: Whether there was one, so that another list may follow at once.
  mutating func finish(_ prefix: Prefix, _ list: Range<Int>) throws(ScanFailure) -> Bool {
    let terminator = current == "&" && following != "&" && following != ">" ? index..<index + 1 : nil
    if terminator != nil {
      index += 1
      skipBlanks()
      guard !isAtSeparator else { throw .syntaxError }
    }
    operators.append(
      BackgroundOperator(
        form: .prefix, list: list, operatorRange: prefix.range, flags: prefix.flags, hereDocumentBodies: [],
        terminator: terminator, needsSeparator: isAtNextCommand))
    return terminator != nil
  }

  /// Whether `;` or `&` stands at the next byte, where bash wants a command after an `&`.
  private var isAtSeparator: Bool {
    switch current {
    case ";": following != ";" && following != "&"
    case "&": following != ">" && !isAtBackgroundOperator
    default: false
    }
  }

  /// Whether what stands at the next byte must be kept apart from the list before it.
  private var isAtNextCommand: Bool {
    switch current {
    case .end, "\n", ";", ")": false
    default: true
    }
  }
}
