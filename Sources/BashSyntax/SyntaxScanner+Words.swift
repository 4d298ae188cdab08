extension SyntaxScanner {
  /// Whether a word begins at the next byte.
  var isAtWord: Bool {
    switch current {
    case "<", ">": following == "("
    default: !current.endsWord
    }
  }

  /// Reads a word that must be there.
  @discardableResult
  mutating func readRequiredWord(_ role: Word.Role = .argument) throws(ScanFailure) -> Word {
    skipBlanks()
    guard isAtWord else { throw .syntaxError }
    return try readWord(role)
  }

  /// Reads the word that begins at the next byte.
  mutating func readWord(_ role: Word.Role = .argument) throws(ScanFailure) -> Word {
    let start = index
    var isPlain = true
    var target = AssignmentTarget.undecided
    var isAssignment = false
    reading: while true {
      while current.isOrdinary { index += 1 }
      switch current {
      case "\\" where byte(at: index + 1) == "\n":
        skipBackslash()
      case "'", "\"", "`", "\\", "$":
        isPlain = false
        try readQuotedOrExpanded()
      case "<", ">":
        guard following == "(" else { break reading }
        isPlain = false
        index = pastContinuations(index + 1)
        try readSubstitution(mayBeArithmetic: false)
      case "?", "*", "@", "+", "!":
        guard following == "(" else {
          index += 1
          continue
        }
        skipTwo()
        if role == .command && current == ")" && !isAssignment && isAtFunctionBody(behind: index + 1) {
          index -= 1
          break reading
        }
        isPlain = false
        try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("(", ")") }
      case "[":
        index += 1
        guard role != .argument, target == .undecided else { continue }
        target = isName(start..<index - 1) ? .element : .none
        guard role == .command, target == .element else { continue }
        isPlain = false
        try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("[", "]") }
      case "=":
        index += 1
        guard role != .argument, !isAssignment else { continue }
        isAssignment = isAssigned(start..<index - 1, target)
        target = isAssignment ? target : .none
        if isAssignment && byte(at: pastContinuations(index)) == "(" {
          isPlain = false
          index = pastContinuations(index) + 1
          try readArrayElements()
        }
      default:
        break reading
      }
    }
    tokenEnd = index
    return Word(range: start..<index, isPlain: isPlain, isAssignment: isAssignment)
  }

  /// Reads one quoted or expanded part of a word, outside of double quotes.
  mutating func readQuotedOrExpanded() throws(ScanFailure) {
    switch current {
    case "\\": skipBackslash()
    case "'": try readSingleQuotes()
    case "\"": try readDoubleQuotes()
    case "`": try readBackquotes(inDoubleQuotes: false)
    default:
      switch following {
      case "'":
        index = pastContinuations(index + 1)
        try readANSIQuotes()
      case "\"":
        index = pastContinuations(index + 1)
        try readDoubleQuotes()
      default:
        try readExpansion()
      }
    }
  }

  /// Reads `$` and what belongs to it, quotes apart.
  mutating func readExpansion(inDoubleQuotes: Bool = false) throws(ScanFailure) {
    switch following {
    case "(":
      index = pastContinuations(index + 1)
      try readSubstitution(mayBeArithmetic: true)
    case "{":
      skipTwo()
      try descend { (scanner) throws(ScanFailure) in
        try scanner.readParameterExpansion(inDoubleQuotes: inDoubleQuotes)
      }
    case "[":
      skipTwo()
      try descend { (scanner) throws(ScanFailure) in try scanner.readBalanced("[", "]") }
    case "$":
      skipTwo()
    default:
      index += 1
    }
  }

  private mutating func readSingleQuotes() throws(ScanFailure) {
    index += 1
    while current != "'" {
      guard current != .end else { throw .endOfInput }
      index += 1
    }
    index += 1
  }

  private mutating func readANSIQuotes() throws(ScanFailure) {
    index += 1
    while current != "'" {
      guard current != .end else { throw .endOfInput }
      index = current == "\\" ? min(index + 2, end) : index + 1
    }
    index += 1
  }

  private mutating func readDoubleQuotes() throws(ScanFailure) {
    index += 1
    while current != "\"" {
      switch current {
      case .end: throw .endOfInput
      case "\\": index = min(index + 2, end)
      case "`": try readBackquotes(inDoubleQuotes: true)
      case "$": try readExpansion(inDoubleQuotes: true)
      default: index += 1
      }
    }
    index += 1
  }

  /// Reads what follows `${`.
  private mutating func readParameterExpansion(inDoubleQuotes: Bool) throws(ScanFailure) {
    let takesApostrophes = isPosix && inDoubleQuotes && !holdsPattern()
    while current != "}" {
      switch current {
      case .end:
        throw .endOfInput
      case "'" where takesApostrophes:
        index += 1
      case "$" where following != "'" && following != "\"":
        try readExpansion(inDoubleQuotes: inDoubleQuotes)
      case "'", "\"", "`", "\\", "$":
        try readQuotedOrExpanded()
      case "<", ">":
        index = pastContinuations(index + 1)
        if current == "(" { try readSubstitution(mayBeArithmetic: false) }
      default:
        index += 1
      }
    }
    index += 1
  }

  /// Whether the parameter expansion that begins at the next byte takes a pattern, as `${x%'}'}` does.
  private func holdsPattern() -> Bool {
    var offset = index + 1
    while byte(at: offset) != "}" && byte(at: offset) != .end {
      switch byte(at: offset) {
      case "%", "#", "^", ",", "/": return true
      case "~", ":", "-", "=", "?", "+": return false
      default: offset += 1
      }
    }
    return false
  }

  /// Reads up to the closing byte that matches an opening one which has just been read.
  ///
  /// This is how bash reads arithmetic, subscripts, extended patterns and the groups of a regular expression.
  mutating func readBalanced(_ opening: Byte, _ closing: Byte) throws(ScanFailure) {
    var openCount = 1
    while openCount > 0 {
      switch current {
      case .end:
        throw .endOfInput
      case "'", "\"", "`", "\\", "$":
        try readQuotedOrExpanded()
      case opening:
        openCount += 1
        index += 1
      case closing:
        openCount -= 1
        index += 1
      default:
        index += 1
      }
    }
    tokenEnd = index
  }

  /// Reads the words of `a=(…)`, after the parenthesis.
  private mutating func readArrayElements() throws(ScanFailure) {
    try descend { (scanner) throws(ScanFailure) in
      try scanner.skipNewlines()
      while scanner.current != ")" {
        guard scanner.current != .end else { throw .endOfInput }
        guard scanner.isAtWord else { throw .syntaxError }
        if scanner.current == "[" {
          scanner.index += 1
          try scanner.readBalanced("[", "]")
        }
        _ = try scanner.readWord()
        try scanner.skipNewlines()
      }
      scanner.index += 1
    }
  }

  /// What the word that is being read may assign to.
  private enum AssignmentTarget {
    /// A variable, if what has been read is a name.
    case undecided

    /// An element of an array, if the subscript has been closed.
    case element

    /// Nothing.
    case none
  }

  /// Whether an `=` behind a range assigns to what stands there.
  private func isAssigned(_ written: Range<Int>, _ target: AssignmentTarget) -> Bool {
    var written = written
    if !written.isEmpty && byte(at: written.upperBound - 1) == "+" {
      written = written.lowerBound..<written.upperBound - 1
    }
    switch target {
    case .undecided: return isName(written)
    case .element: return byte(at: written.upperBound - 1) == "]"
    case .none: return false
    }
  }

  /// Whether a range holds the name of a variable.
  private func isName(_ range: Range<Int>) -> Bool {
    var offset = pastContinuations(range.lowerBound)
    guard offset < range.upperBound, byte(at: offset).startsName else { return false }
    while offset < range.upperBound {
      guard byte(at: offset).startsName || byte(at: offset).isDigit else { return false }
      offset = pastContinuations(offset + 1)
    }
    return true
  }
}
