extension SyntaxScanner {
  /// Reads the delimiter after `<<`, and remembers that a body is to follow.
  mutating func readHereDocumentDelimiter(openedAt: Int, stripsTabs: Bool) throws(ScanFailure) {
    let word = try readRequiredWord()
    pendingHereDocuments.append(hereDocuments.count)
    hereDocuments.append(
      HereDocument(
        openedAt: openedAt, delimiter: quotesRemoved(word.range), isQuoted: holdsQuote(word.range),
        stripsTabs: stripsTabs))
  }

  /// Reads the bodies that are due, from the start of a line.
  mutating func readHereDocumentBodies() throws(ScanFailure) {
    guard !pendingHereDocuments.isEmpty else { return }
    let due = pendingHereDocuments
    pendingHereDocuments = []
    for position in due { try readBody(of: position) }
  }

  private mutating func readBody(of position: Int) throws(ScanFailure) {
    let document = hereDocuments[position]
    let start = index
    var holdsExpansion = false
    while true {
      if current == .end {
        if end == source.count { openDelimiter = document.delimiter }
        break
      }
      if let lineEnd = endOfDelimiterLine(document) {
        let text = start..<index
        hereDocuments[position].body = start..<lineEnd
        if holdsExpansion { try readExpansions(inBody: text) }
        index = lineEnd
        return
      }
      holdsExpansion = skipBodyLine(document) || holdsExpansion
    }
    hereDocuments[position].body = start..<end
    if holdsExpansion { try readExpansions(inBody: start..<end) }
  }

  /// Where the next line ends, its newline included, if it is the delimiter.
  ///
  /// In a command substitution the delimiter may be followed by the closing parenthesis; it ends where they meet.
  private func endOfDelimiterLine(_ document: HereDocument) -> Int? {
    var offset = index
    while document.stripsTabs && byte(at: offset) == "\t" { offset += 1 }
    for expected in document.delimiter {
      if !document.isQuoted { offset = pastContinuations(offset) }
      guard byte(at: offset) == Byte(expected) else { return nil }
      offset += 1
    }
    if !document.isQuoted { offset = pastContinuations(offset) }
    switch byte(at: offset) {
    case "\n": return offset + 1
    case .end: return offset
    default: break
    }
    guard openSubstitutions > 0 else { return nil }
    var ahead = offset
    while byte(at: ahead) != "\n" && byte(at: ahead) != .end {
      guard byte(at: ahead) != ")" else { return offset }
      ahead += 1
    }
    return nil
  }

  /// Goes past a line of a body.
  ///
  /// - Returns: Whether the line may hold an expansion.
  private mutating func skipBodyLine(_ document: HereDocument) -> Bool {
    var holdsExpansion = false
    while true {
      switch current {
      case .end:
        return holdsExpansion
      case "\n":
        index += 1
        return holdsExpansion
      case "\\" where !document.isQuoted:
        index = min(index + 2, end)
      case "$", "`":
        holdsExpansion = !document.isQuoted
        index += 1
      default:
        index += 1
      }
    }
  }

  /// Reads the expansions in the body of a here-document, where quotes mean nothing.
  private mutating func readExpansions(inBody text: Range<Int>) throws(ScanFailure) {
    try readApart(text) { (scanner) throws(ScanFailure) in
      while true {
        switch scanner.current {
        case .end: return
        case "\\": scanner.index = min(scanner.index + 2, scanner.end)
        case "`": try scanner.readBackquotes(inDoubleQuotes: false)
        case "$": try scanner.readExpansion(inDoubleQuotes: true)
        default: scanner.index += 1
        }
      }
    }
  }

  /// Adds the bodies that an operator's list opens and that stand behind the operator.
  func withHereDocumentBodies(_ operation: BackgroundOperator) -> BackgroundOperator {
    var bodies: [Range<Int>] = []
    var position = firstHereDocument(from: operation.list.lowerBound)
    while position < hereDocuments.count, hereDocuments[position].openedAt < operation.list.upperBound {
      if let body = hereDocuments[position].body, body.lowerBound >= operation.list.upperBound { bodies.append(body) }
      position += 1
    }
    guard !bodies.isEmpty else { return operation }
    return BackgroundOperator(
      form: operation.form, list: operation.list, operatorRange: operation.operatorRange, flags: operation.flags,
      hereDocumentBodies: bodies.sorted { $0.lowerBound < $1.lowerBound }, terminator: operation.terminator,
      needsSeparator: operation.needsSeparator)
  }

  /// The position of the first here-document that is opened at an offset or after it.
  private func firstHereDocument(from offset: Int) -> Int {
    var range = hereDocuments.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if hereDocuments[middle].openedAt < offset {
        range = middle + 1..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    return range.lowerBound
  }
}
