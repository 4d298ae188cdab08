extension SyntaxScanner {
  /// What a word stands for, if that is known without running anything.
  func literalValue(of range: Range<Int>) -> [UInt8]? {
    var value: [UInt8] = []
    var quote: Byte?
    var offset = range.lowerBound
    while offset < range.upperBound {
      let byte = byte(at: offset)
      switch (byte, quote) {
      case ("'", "'"), ("\"", "\""):
        quote = nil
      case ("'", nil), ("\"", nil):
        quote = byte
      case ("\\", nil), ("\\", "\""):
        guard offset + 1 < range.upperBound else { return nil }
        offset += 1
        let quoted = self.byte(at: offset)
        let isEscape = quote == nil || quoted == "$" || quoted == "`" || quoted == "\"" || quoted == "\\"
        if !isEscape && quoted != "\n" { value.append(UInt8(ascii: "\\")) }
        if quoted != "\n" { value.append(source[offset]) }
      case ("$", nil), ("`", nil), ("$", "\""), ("`", "\""):
        return nil
      case ("*", nil), ("?", nil), ("[", nil), ("~", nil), ("{", nil), ("<", nil), (">", nil), ("(", nil):
        return nil
      default:
        value.append(source[offset])
      }
      offset += 1
    }
    return value
  }

  /// A word without its quotes; expansions stay as they are written.
  func quotesRemoved(_ range: Range<Int>) -> [UInt8] {
    var value: [UInt8] = []
    var quote: Byte?
    var offset = range.lowerBound
    while offset < range.upperBound {
      let byte = byte(at: offset)
      let next = offset + 1 < range.upperBound ? self.byte(at: offset + 1) : .end
      switch (byte, quote) {
      case ("'", "'"), ("\"", "\""):
        quote = nil
      case ("'", nil), ("\"", nil):
        quote = byte
      case ("$", nil) where next == "'" || next == "\"":
        break
      case ("\\", nil) where next != .end:
        offset += 1
        if next != "\n" { value.append(source[offset]) }
      case ("\\", "\"") where next == "$" || next == "`" || next == "\"" || next == "\\":
        offset += 1
        value.append(source[offset])
      case ("\\", "\"") where next == "\n":
        offset += 1
      default:
        value.append(source[offset])
      }
      offset += 1
    }
    return value
  }

  /// Whether any part of a word is quoted.
  func holdsQuote(_ range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      switch byte(at: offset) {
      case "'", "\"": return true
      case "\\":
        guard byte(at: offset + 1) == "\n" else { return true }
        offset += 2
      default: offset += 1
      }
    }
    return false
  }
}
