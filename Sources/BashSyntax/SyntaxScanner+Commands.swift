import CProtocol

extension SyntaxScanner {
  /// Reads a command.
  ///
  /// - Returns: Whether there is none before `&bg`, which has been reported.
  mutating func readCommand() throws(ScanFailure) -> Bool {
    switch current {
    case .end:
      throw .endOfInput
    case "&" where isAtBackgroundOperator:
      report("nothing to run before '&bg'", at: index)
      return true
    case "\n", ";", ")", "|":
      throw .syntaxError
    case "(":
      try readCompoundCommand()
    default:
      guard let (keyword, end) = keywordAhead() else {
        try readSimpleCommand()
        return false
      }
      try rejectAlias(Word(range: index..<end, isPlain: true, isAssignment: false), mayBeCommand: true)
      switch keyword {
      case .function: try readNamedFunction(from: end)
      case .coproc: try readCoprocess(from: end)
      case .in, .bang, .closeCondition: throw .syntaxError
      case .time: try readSimpleCommand()
      default: try readCompoundCommand()
      }
    }
    return false
  }

  /// Reads assignments, redirections and words; or the definition of a function that begins as they do.
  mutating func readSimpleCommand() throws(ScanFailure) {
    var role = Word.Role.command
    var isJobCommand = false
    var hasAssignment = false
    // Behind one that follows an assignment, bash looks for no alias.
    var isPastRedirection = false
    let start = index
    while true {
      skipBlanks()
      guard isAtWord else {
        guard isAtRedirection else { break }
        try readRedirection()
        isPastRedirection = isPastRedirection || hasAssignment
        if role == .declaration { role = .argument }
        continue
      }
      let word = try readWord(role)
      if !aliases.isEmpty {
        try rejectAlias(word, mayBeCommand: role == .command && !word.isAssignment && !isPastRedirection)
      }
      if isDescriptor(word) {
        try readRedirection()
        isPastRedirection = isPastRedirection || hasAssignment
        if role == .declaration { role = .argument }
      } else if role == .command && !word.isAssignment {
        role = acceptsAssignments(word) ? .declaration : .argument
        isJobCommand = isJobCommandName(word)
        skipBlanks()
        if word.range.lowerBound == start && current == "(" { return try readFunction() }
      } else if word.isAssignment && role == .command {
        hasAssignment = true
      } else if isJobCommand && isTaskReference(word) {
        mentionsTaskReference = true
      }
    }
    guard index > start, current != "(" else { throw .syntaxError }
  }

  /// Whether a word is the descriptor of the redirection that follows, as in `2>` and `{log}>`.
  func isDescriptor(_ word: Word) -> Bool {
    guard current == "<" || current == ">" else { return false }
    let bytes = source[word.range]
    if bytes.allSatisfy({ Byte($0).isDigit }) { return true }
    guard bytes.count > 2, Byte(bytes.first!) == "{", Byte(bytes.last!) == "}" else { return false }
    let name = bytes.dropFirst().prefix { Byte($0).startsName || Byte($0).isDigit }
    guard let first = name.first, Byte(first).startsName else { return false }
    let rest = bytes[name.endIndex...].dropLast()
    return rest.isEmpty || rest.count > 2 && Byte(rest.first!) == "[" && Byte(rest.last!) == "]"
  }

  /// Whether a redirection without a descriptor begins at the next byte.
  var isAtRedirection: Bool {
    switch current {
    case "<", ">": true
    case "&": following == ">"
    default: false
    }
  }

  /// Reads a redirection operator and its word.
  mutating func readRedirection() throws(ScanFailure) {
    let openedAt = index
    var mayBeDescriptor = false
    switch (current, following) {
    case ("<", "<"):
      skipTwo()
      let third = byte(at: pastContinuations(index))
      if third == "-" || third == "<" { index = pastContinuations(index) + 1 }
      guard third == "<" else {
        return try readHereDocumentDelimiter(openedAt: openedAt, stripsTabs: third == "-")
      }
    case ("&", ">"):
      skipTwo()
      if byte(at: pastContinuations(index)) == ">" { index = pastContinuations(index) + 1 }
    case ("<", "&"), (">", "&"):
      mayBeDescriptor = true
      skipTwo()
      skipBlanks()
      if current == "-" {
        index += 1
        tokenEnd = index
        return
      }
    case ("<", ">"), (">", ">"), (">", "|"):
      skipTwo()
    default:
      index += 1
    }
    let word = try readRequiredWord()
    if !mayBeDescriptor && isDescriptor(word) { throw .syntaxError }
  }

  /// Reads a function definition, from the parenthesis after its name.
  private mutating func readFunction() throws(ScanFailure) {
    index += 1
    skipBlanks()
    guard current == ")" else { throw .syntaxError }
    index += 1
    try readFunctionBody()
  }

  /// Reads a function definition that begins with the word `function`.
  private mutating func readNamedFunction(from end: Int) throws(ScanFailure) {
    index = end
    try readRequiredWord()
    skipBlanks()
    if current == "(" {
      let parenthesis = index
      index += 1
      skipBlanks()
      if current == ")" { index += 1 } else { index = parenthesis }
    }
    try readFunctionBody()
  }

  private mutating func readFunctionBody() throws(ScanFailure) {
    try skipNewlines()
    guard isAtCompoundCommand else { throw current == .end ? .endOfInput : .syntaxError }
    try readCompoundCommand()
  }

  /// Reads what follows the word `coproc`.
  private mutating func readCoprocess(from end: Int) throws(ScanFailure) {
    index = end
    skipBlanks()
    if isAtCompoundCommand { return try readCompoundCommand() }
    guard keywordAhead() == nil else { throw .syntaxError }
    let before = lexicalState()
    if isAtWord {
      _ = try readWord(.command)
      skipBlanks()
      if isAtCompoundCommand { return try readCompoundCommand() }
      guard keywordAhead() == nil else { throw .syntaxError }
      goBack(to: before)
    }
    try readSimpleCommand()
  }

  /// Whether a compound command begins behind blanks and newlines, so that an empty pattern before them, as in `a@()`,
  /// is the name of a function.
  func isAtFunctionBody(behind offset: Int) -> Bool {
    var ahead = self
    ahead.index = offset
    ahead.skipBlankLines()
    return ahead.isAtCompoundCommand
  }

  /// Whether the next token begins a compound command.
  private var isAtCompoundCommand: Bool {
    current == "(" || keywordAhead()?.keyword.startsCompoundCommand ?? false
  }

  /// Whether a word names a builtin whose arguments bash reads as assignments.
  private func acceptsAssignments(_ word: Word) -> Bool {
    switch byte(at: pastContinuations(word.range.lowerBound)) {
    case "a", "d", "e", "l", "r", "t":
      ["alias", "declare", "eval", "export", "let", "local", "readonly", "typeset"].contains { stands($0, as: word) }
    default: false
    }
  }

  /// Whether a word names a job command that takes references to tasks.
  private func isJobCommandName(_ word: Word) -> Bool {
    Self.jobCommands.contains { stands($0, as: word) }
  }

  /// The job commands that there are, and `bg`.
  private static let jobCommands: [String] = {
    var names = ["bg"]
    var position = 0
    while let command = bgsh_job_command(position) {
      names.append(String(cString: command.pointee.name))
      position += 1
    }
    return names
  }()

  private func isTaskReference(_ word: Word) -> Bool {
    literalValue(of: word.range)?.first.map(Byte.init) == "@"
  }

  private func stands(_ text: String, as word: Word) -> Bool {
    guard word.isPlain else { return false }
    var offset = pastContinuations(word.range.lowerBound)
    for expected in text.utf8 {
      guard offset < word.range.upperBound, byte(at: offset) == Byte(expected) else { return false }
      offset = pastContinuations(offset + 1)
    }
    return offset >= word.range.upperBound
  }
}
