/// How much a line sounds like a failure, whoever printed it.
enum ErrorWords {
  /// 0 for a line without any such word, up to 60.
  static func score(of line: Bytes) -> Int {
    var best = 0
    var isWarning = false
    var index = 0
    var wordCount = 0
    var previous = Word()
    var isAfterZero = false
    while index < line.count {
      let byte = line[index]
      if byte.isDigit {
        let end = line.endOfRun(from: index) { $0.isDigit }
        isAfterZero = end == index + 1 && byte == UInt8(ascii: "0")
        index = end
        continue
      }
      guard byte.isLetter else {
        // `0 tests failed`, `0 errors`: nothing else may stand in between.
        if byte != 0x20 && byte != UInt8(ascii: "-") { isAfterZero = false }
        index += 1
        continue
      }
      let end = line.endOfWord(from: index)
      let word = index..<end
      let known = words[line.part(word)]
      if known.isWarning { isWarning = true }
      let weight = weight(of: known, after: previous, line.part(word))
      if weight > 0, !isAfterZero, !previous.negates || known.failsWithNo, !isPartOfName(line, word),
        !isFollowedByZero(line, end)
      {
        best = max(best, weight + emphasis(on: word, in: line, isFirst: wordCount == 0))
      }
      if weight > 0 { isAfterZero = false }
      previous = known
      wordCount += 1
      index = end
    }
    if isWarning { best -= 25 }
    return min(max(best, 0), 60)
  }

  private static func weight(of word: Word, after previous: Word, _ text: Bytes) -> Int {
    if word.weight > 0 { return word.weight }
    if previous.isNo && word.failsWithNo { return 32 }
    if previous.isNot && word.failsWithNot || previous.isAbility && word.isNot { return 30 }
    return text.count > 5 && (text.hasSuffix("Error") || text.hasSuffix("Exception")) ? 40 : 0
  }

  /// `error: …` says more than a sentence that has the word in it.
  private static func emphasis(on word: Range<Int>, in line: Bytes, isFirst: Bool) -> Int {
    var emphasis = isFirst ? 8 : 0
    if word.upperBound < line.count, line[word.upperBound] == UInt8(ascii: ":") { emphasis += 8 }
    if line.part(word).allSatisfy({ $0.isUppercase }) { emphasis += 4 }
    return emphasis
  }

  /// Part of a file name or an identifier: `error.c`, `test_error`, `--no-error`, `on-error`.
  private static func isPartOfName(_ line: Bytes, _ word: Range<Int>) -> Bool {
    func joins(_ byte: UInt8) -> Bool {
      byte.isDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: "\\")
    }
    if word.lowerBound > 0, joins(line[word.lowerBound - 1]) { return true }
    guard word.upperBound < line.count else { return false }
    let next = line[word.upperBound]
    if joins(next) || next == UInt8(ascii: "(") { return true }
    return next == UInt8(ascii: ".") && word.upperBound + 1 < line.count && line[word.upperBound + 1].isLetter
  }

  /// `Failures: 0`, `errors=0`.
  private static func isFollowedByZero(_ line: Bytes, _ end: Int) -> Bool {
    let index = line.endOfRun(from: end) { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") || $0.isBlank }
    guard index > end, index < line.count, line[index] == UInt8(ascii: "0") else { return false }
    return index + 1 == line.count || !line[index + 1].isDigit && !line[index + 1].isLetter
  }

  /// What a word means here.
  private struct Word: Sendable {
    var weight = 0
    var isWarning = false
    /// `no errors`, `without error`.
    var negates = false
    var isNo = false
    var isNot = false
    /// `no such`.
    var failsWithNo = false
    /// `could not`, `cannot` in two words.
    var isAbility = false
    /// `not found`, `not match`.
    var failsWithNot = false
  }

  private static let words: WordTable<Word> = {
    var table = WordTable(unknown: Word())
    for (weight, words) in [
      (40, "error fatal exception panic panicked traceback segfault abort aborted failed failure crashed fault"),
      (32, "errors failures fail fails failing cannot can't couldn't unable undefined denied refused invalid missing"),
      (
        32,
        "unexpected unresolved mismatch conflict conflicts timeout unrecognized unsupported illegal corrupt broken dubious"
      ),
      (32, "incompatible rejected unauthorized forbidden undeclared malformed unterminated uncaught unhandled"),
      (24, "unknown killed disconnected violation violates wrong bad expected assert assertion overflow deadlock"),
      (24, "interrupted please must incorrect incorrectly unreachable exceeded outdated differs differ changed"),
      (
        24,
        "terminated refusing ambiguous redefinition inconsistent unmet throw thrown threw leaked duplicate mismatched"
      ),
    ] {
      table.update(words) { $0.weight = weight }
    }
    table.update("no") { $0.isNo = true }
    table.update("such") { $0.failsWithNo = true }
    table.update("could can") { $0.isAbility = true }
    table.update("not") { $0.isNot = true }
    table.update(
      "found find exist exists defined be in allowed possible available supported match matched compile permitted valid"
        + " implemented resolve resolved declared installed load open read write satisfied equal"
    ) { $0.failsWithNot = true }
    table.update("no without zero non ignore ignored ignoring if on") { $0.negates = true }
    table.update("warning warnings warn deprecated deprecation") { $0.isWarning = true }
    return table
  }()
}

extension Bytes {
  /// Behind the letters, and behind the rest of `can't`.
  fileprivate func endOfWord(from start: Int) -> Int {
    let end = endOfRun(from: start) { $0.isLetter }
    return end + 1 < count && self[end] == UInt8(ascii: "'") && self[end + 1] == UInt8(ascii: "t") ? end + 2 : end
  }
}
