extension SyntaxScanner {
  /// Reads the flags of an operator.
  mutating func readFlags(after operation: String) throws(ScanFailure) -> [BackgroundOperator.Flag] {
    var flags: [BackgroundOperator.Flag] = []
    skipBlanks()
    while current == "-" {
      if let flag = try readFlag(after: operation) { flags.append(flag) }
      skipBlanks()
    }
    return flags
  }

  /// Reads a flag and its value; what is no flag is reported.
  private mutating func readFlag(after operation: String) throws(ScanFailure) -> BackgroundOperator.Flag? {
    let word = try readWord().range
    let spelling = source[word].prefix { $0 != UInt8(ascii: "=") }
    let text = String(decoding: spelling, as: UTF8.self)
    guard text.hasPrefix("--"), let name = BackgroundOperator.Flag.Name(rawValue: String(text.dropFirst(2))) else {
      let known = BackgroundOperator.Flag.Name.listed
      report("unknown flag '\(text)' after '\(operation)'; it takes \(known)", at: word.lowerBound)
      return nil
    }
    guard name.takesValue else {
      if spelling.endIndex < word.upperBound { report("'\(text)' takes no value", at: word.lowerBound) }
      return BackgroundOperator.Flag(name: name, value: nil, literalValue: nil, range: word)
    }
    guard let value = try readValue(word, assignedAt: spelling.endIndex) else {
      report("'\(text)' needs a value, like \(name.example)", at: word.lowerBound)
      return nil
    }
    return BackgroundOperator.Flag(
      name: name, value: value, literalValue: literalValue(of: value), range: word.lowerBound..<value.upperBound)
  }

  /// Finds the value of a flag behind `=`, or reads it from the next word.
  private mutating func readValue(_ flag: Range<Int>, assignedAt equals: Int) throws(ScanFailure) -> Range<Int>? {
    if equals < flag.upperBound {
      let value = equals + 1..<flag.upperBound
      return value.isEmpty ? nil : value
    }
    skipBlanks()
    guard isAtWord, !holds("--", at: index) else { return nil }
    return try readWord().range
  }
}

extension BackgroundOperator.Flag.Name {
  /// All flags, as a sentence names them.
  fileprivate static var listed: String {
    let spellings = allCases.map { "--\($0.rawValue)" }
    return spellings.dropLast().joined(separator: ", ") + " and " + (spellings.last ?? "")
  }

  /// A value to show where one is missing.
  fileprivate var example: String {
    switch self {
    case .timeout: "5m"
    case .killAfter: "10s"
    case .name: "tests"
    case .limit: "64M"
    case .desc, .quiet, .split: "'what it is for'"
    }
  }
}
