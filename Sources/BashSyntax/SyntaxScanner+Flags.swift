import CProtocol

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
    if text == "--help" {
      asksForHelp = true
      return nil
    }
    guard let name = TaskFlag(spelling) else {
      let known = TaskFlag.listed
      report("unknown flag '\(text)' after '\(operation)'; it takes \(known)", at: word.lowerBound)
      return nil
    }
    guard name.takesValue else {
      if spelling.endIndex < word.upperBound { report("'\(text)' takes no value", at: word.lowerBound) }
      return BackgroundOperator.Flag(name: name, value: nil, literalValue: nil, range: word)
    }
    guard let value = try readValue(word, assignedAt: spelling.endIndex) else {
      report("'\(text)' needs a value, like \(String(cString: name.words.example))", at: word.lowerBound)
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

extension TaskFlag {
  /// Reads the spelling of a flag, dashes included; nil for anything else.
  fileprivate init?(_ spelling: ArraySlice<UInt8>) {
    guard spelling.starts(with: "--".utf8) else { return nil }
    var flag = TaskFlag.timeout
    let isKnown = spelling.dropFirst(2).withUnsafeBytes { name in
      name.baseAddress.map { bgsh_find_task_flag($0, name.count, &flag) } ?? false
    }
    guard isKnown else { return nil }
    self = flag
  }

  /// All flags, as a sentence names them.
  fileprivate static let listed = {
    let flags = (0..<UInt32(bgsh_task_flag_count)).compactMap { TaskFlag(rawValue: $0) }
    let spellings = flags.map { "--\(String(cString: $0.words.name))" }
    return spellings.dropLast().joined(separator: ", ") + " and " + (spellings.last ?? "")
  }()
}
