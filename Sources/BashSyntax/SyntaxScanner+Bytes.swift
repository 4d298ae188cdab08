extension SyntaxScanner {
  /// The byte at an offset, or ``Byte/end``.
  func byte(at offset: Int) -> Byte { offset < end ? Byte(source[offset]) : .end }

  /// The next byte to be read.
  var current: Byte { byte(at: index) }

  /// The offset of what an offset stands for, once backslash-newline pairs have vanished.
  func pastContinuations(_ offset: Int) -> Int {
    var offset = offset
    while byte(at: offset) == "\\" && byte(at: offset + 1) == "\n" { offset += 2 }
    return offset
  }

  /// The byte behind the next one, backslash-newline pairs apart.
  var following: Byte { byte(at: pastContinuations(index + 1)) }

  /// Goes to the byte behind the next two, which backslash-newline pairs may keep apart.
  mutating func skipTwo() { index = pastContinuations(index + 1) + 1 }

  /// Goes to the next token, past blanks, a comment and backslash-newline pairs.
  mutating func skipBlanks() {
    while true {
      switch current {
      case " ", "\t":
        index += 1
      case "\\" where byte(at: index + 1) == "\n":
        skipBackslash()
      case "#":
        while current != "\n" && current != .end { index += 1 }
        return
      default:
        return
      }
    }
  }

  /// Goes past a backslash and what it quotes.
  mutating func skipBackslash() {
    let isContinuation = byte(at: index + 1) == "\n" || index + 1 == end
    index = min(index + 2, end)
    if isContinuation && index == source.count { endsInContinuation = true }
  }

  /// Goes to the next token that is no newline, and past the here-documents that the newlines begin.
  mutating func skipNewlines() throws(ScanFailure) {
    skipBlanks()
    while current == "\n" {
      index += 1
      try readHereDocumentBodies()
      skipBlanks()
    }
  }

  /// Whether the bytes at an offset are those of a text.
  func holds(_ text: String, at offset: Int) -> Bool {
    var offset = offset
    for expected in text.utf8 {
      guard byte(at: offset) == Byte(expected) else { return false }
      offset += 1
    }
    return true
  }
}
