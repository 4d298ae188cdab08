/// What one line is, as far as it can be told from the line itself.
struct LineReading {
  /// What the families say of it.
  let verdict: RuleBook.Verdict
  /// How much it sounds like the beginning of what matters, from 0 to 100.
  let score: Int
  /// Whether it says what went wrong, should it stand in the description of a failure.
  let isMessage: Bool
  /// Whether it only announces the frames of a stack.
  let beginsTraceback: Bool
  /// Whether it is the name of a file and nothing else.
  let isFileName: Bool
  /// Nothing but rules, carets and brackets.
  let isDecoration: Bool

  enum Score {
    static let listedFailure = 100
    static let failure = 90
    static let locatedError = 80
    static let exception = 76
    static let mention = 60
    static let located = 50
    static let locatedWarning = 30
    static let leastOfFailure = 20
    /// What a family's failure has over others where the command names the family.
    static let ofCommand = 8
    /// How much a sound of failure counts for more in red.
    static let red = 15
    /// What is less than this behind the best matters as much.
    static let difference = 6
  }

  init(_ line: Bytes, isIndented: Bool, isRed: Bool, isInSection: Bool, families: Set<Int>) {
    let body = line.part(line.startOfMessage..<line.count)
    isDecoration = body.isDecoration
    guard !isDecoration else {
      verdict = RuleBook.Verdict()
      score = 0
      isMessage = false
      beginsTraceback = false
      isFileName = false
      return
    }
    verdict = RuleBook.shared.verdict(on: body, isIndented: isIndented, families: families)
    isMessage = verdict.isMessage || body.beginsWithException
    beginsTraceback = body.beginsTraceback
    isFileName = body.isFileName
    let ofCommand = verdict.isOfCommand ? Score.ofCommand : 0
    switch verdict.role {
    case .failure: score = (isInSection ? Score.listedFailure : Score.failure) + ofCommand
    case .listed where isInSection: score = Score.listedFailure + ofCommand
    case .mention: score = Score.mention + ofCommand
    case .section, .summary, .consequence, .noise: score = 0
    default: score = Self.score(of: body, isRed: isRed)
    }
  }

  private static func score(of line: Bytes, isRed: Bool) -> Int {
    // Where a compiler shows the program, that may speak of errors.
    if line.isExcerpt { return 0 }
    let words = ErrorWords.score(of: line)
    if let location = SourceLocation(line) {
      switch location.severity {
      case .error: return Score.locatedError
      case .warning: return Score.locatedWarning
      case nil: return min(Score.located + words / 4, Score.exception)
      }
    }
    if line.beginsWithException || line.beginsTraceback { return Score.exception }
    return min(words + (isRed ? Score.red : 0), Score.mention - 1)
  }
}

/// A file and a line at the beginning of a message: `a.c:3:4: error: …`, `a.ts(3,4): error …`, `[ERROR] A.java:[3,4] …`.
struct SourceLocation {
  enum Severity {
    case error, warning
  }

  let severity: Severity?

  init?(_ line: Bytes) {
    var index = 0
    // The name may have blanks in it, but then nothing tells it from a sentence.
    let end = line.endOfRun(from: 0) { !$0.isBlank }
    var nameHasPoint = false
    var found: Int?
    while index < end {
      let byte = line[index]
      if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") {
        nameHasPoint = nameHasPoint || index + 1 < end && line[index + 1].isLetter
      }
      if index > 1, nameHasPoint, byte == UInt8(ascii: ":") || byte == UInt8(ascii: "(") {
        let digits = index + 1 < end && line[index + 1] == UInt8(ascii: "[") ? index + 2 : index + 1
        let stop = line.endOfRun(from: digits) { $0.isDigit }
        if stop > digits {
          found = stop
          break
        }
      }
      index += 1
    }
    guard let found, !line.part(0..<end).contains(UInt8(ascii: "@")), !line.hasPrefix("http") else { return nil }
    var rest = line.endOfRun(from: found) { $0.isDigit || ":,.-()[]".utf8.contains($0) }
    guard rest < line.count, rest > found, line[rest].isBlank else { return nil }
    rest = line.endOfRun(from: rest) { $0.isBlank || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }
    let word = line.part(rest..<line.endOfRun(from: rest) { $0.isLetter })
    guard !word.isEmpty || rest < line.count else { return nil }
    switch String(decoding: word.map(\.lowercased), as: UTF8.self) {
    case "error", "fatal", "errors": severity = .error
    case "warning", "note", "info", "warn", "deprecated", "hint", "remark": severity = .warning
    default: severity = nil
    }
  }
}

extension Bytes {
  /// What Python prints above the frames of a stack, of which the last line says what went wrong.
  var beginsTraceback: Bool { hasPrefix("Traceback (most recent call last)") }

  /// `TypeError: …`, `java.lang.IllegalStateException: …`, `Error: …`, and nothing before it.
  var beginsWithException: Bool {
    let end = endOfRun(from: 0) {
      $0.isLetter || $0.isDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "$")
    }
    guard end > 5, end < count, self[end] == UInt8(ascii: ":") || self[end] == UInt8(ascii: " ") else { return false }
    let name = part(0..<end)
    guard name[0].isLetter, name.hasSuffix("Error") || name.hasSuffix("Exception") else { return false }
    return self[end] == UInt8(ascii: ":") || end + 1 < count && self[end + 1] == UInt8(ascii: "[")
  }

  /// A line of a program, with its number before it: `12 | throw error`.
  var isExcerpt: Bool {
    let bar = endOfRun(from: 0) { $0.isDigit || $0.isBlank }
    return bar < count && self[bar] == UInt8(ascii: "|")
  }

  /// Whether it is a path without blanks in it.
  var isFileName: Bool {
    contains(UInt8(ascii: "/")) && contains(UInt8(ascii: ".")) && !contains { $0.isBlank }
  }

  /// Whether there is no word in it and no number: rules, carets, boxes.
  var isDecoration: Bool {
    var index = 0
    while index < count {
      let byte = self[index]
      if byte.isDigit || byte.isLetter {
        // U+2000 to U+2FFF, three bytes each: punctuation, arrows, boxes, dingbats.
        guard byte == 0xe2 else { return false }
        index += 2
      }
      index += 1
    }
    return true
  }

  /// Behind the time and the name of the service or the step that some runners put before each line.
  var startOfMessage: Int {
    // A short line has no room for both.
    guard count > 5 else { return 0 }
    var start = 0
    // `[12:48:31] `, `12:48:31.123 `, `2026-11-25T12:48:31Z `
    let time = endOfRun(from: 0) { $0.isDigit || "[]:.-/TZ+,".utf8.contains($0) }
    if time >= 8, time < count, self[time].isBlank, part(0..<time).count(where: { $0 == UInt8(ascii: ":") }) >= 2 {
      start = endOfRun(from: time) { $0.isBlank }
    }
    // `#12 3.456 `
    if hasPrefix("#") {
      let step = endOfRun(from: 1) { $0.isDigit }
      if step > 1, step < count, self[step].isBlank {
        let time = endOfRun(from: step + 1) { $0.isDigit || $0 == UInt8(ascii: ".") }
        start = time < count && self[time].isBlank ? time + 1 : step + 1
      }
    }
    // `3.456 `, the same where the step is shown again
    let seconds = endOfRun(from: 0) { $0.isDigit }
    if seconds > 0, seconds + 4 < count, self[seconds] == UInt8(ascii: "."), self[seconds + 4].isBlank,
      part(seconds + 1..<seconds + 4).allSatisfy({ $0.isDigit })
    {
      start = seconds + 5
    }
    // `package  > `, as Stack has it where it builds several
    let name = endOfRun(from: 0) { $0.isLetter || $0.isDigit || "-_.".utf8.contains($0) }
    let sign = endOfRun(from: name) { $0.isBlank }
    if name > 0, sign > name, sign + 1 < count, self[sign] == UInt8(ascii: ">"), self[sign + 1].isBlank {
      start = endOfRun(from: sign + 1) { $0.isBlank }
    }
    // `│ `, which Terraform draws a box with.
    if hasPrefix("\u{2502} ") { start = endOfRun(from: 4) { $0.isBlank } }
    return Swift.min(start, count)
  }
}
