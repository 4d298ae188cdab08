/// What lines of an output say why its program failed.
struct Diagnosis {
  private let output: PlainLines
  private let readings: [LineReading]
  /// Whether each line is new since the last good run; all are, where none is known.
  private let isNew: [Bool]

  init(_ output: PlainLines, command: String?, lastGood: PlainLines?) {
    self.output = output
    let families = command.map(RuleBook.shared.families) ?? []
    let known = lastGood.map(KnownLines.init)
    var isInSection = false
    var readings: [LineReading] = []
    var isNew: [Bool] = []
    readings.reserveCapacity(output.lines.count)
    isNew.reserveCapacity(output.lines.count)
    output.characters.withUnsafeBufferPointer { characters in
      for line in output.lines {
        let text = Bytes(rebasing: characters[line.text])
        let reading = LineReading(
          text, isIndented: line.indentation > 0, isRed: line.isRed, isInSection: isInSection, families: families)
        if reading.verdict.role == .section { isInSection = true }
        readings.append(reading)
        isNew.append(!line.isBlank && known?.contains(text) != true)
      }
    }
    self.readings = readings
    // A run that failed without a new word says the same as ever.
    self.isNew = isNew.contains(true) ? isNew : isNew.map { _ in true }
  }

  /// The lines that tell why the program failed, at most so many, in their order.
  func failureLines(_ ending: ProgramEnding, limit: Int) -> [Int] {
    let least: Int
    switch ending {
    case .succeeded: return []
    case .interrupted: least = LineReading.Score.exception
    case .failed: least = LineReading.Score.leastOfFailure
    }
    let failures = failures
    var chosen = Selection(output, limit: limit)
    if let top = failures.map(\.score).max(), top >= least {
      let best = failures.filter { $0.score > top - LineReading.Score.difference }
      // Of what only sounds like a failure, the last is what the program has ended of.
      chosen.take(top >= LineReading.Score.located ? best : best.suffix(1) + best.dropLast().reversed())
    }
    return chosen.lines
  }

  /// The last lines that say something, at most so many, in their order.
  func lastLines(limit: Int) -> [Int] {
    let shown = output.lines.indices.filter { !output.lines[$0].isBlank }
    let telling = shown.filter { !readings[$0].isDecoration && isNew[$0] }
    let best = telling.filter { line in
      switch readings[line].verdict.role {
      case .noise, .consequence, .section: false
      default: true
      }
    }
    let lines = best.isEmpty ? telling.isEmpty ? shown : telling : best
    return Array(lines.suffix(limit))
  }

  /// All failures that the output tells of, in its order.
  private var failures: [Failure] {
    var failures: [Failure] = []
    var current: Failure?
    var blanks = BlankCount(output)
    var heading: Int?
    func close() {
      if let failure = current { failures.append(failure) }
      current = nil
    }
    for (index, line) in output.lines.enumerated() {
      guard !line.isBlank else {
        blanks.increase()
        heading = nil
        continue
      }
      if let failure = current {
        switch part(of: failure, index, blanks: blanks.value) {
        case .anotherMatter: close()
        case .detail:
          current?.add(index, isMessage: readings[index].isMessage, isPlace: readings[index].verdict.isPlace)
        case .nothing: break
        }
      }
      if current == nil, readings[index].score >= LineReading.Score.leastOfFailure, isNew[index] {
        current = Failure(at: index, under: line.indentation > 0 ? heading : nil, score: readings[index].score)
      }
      if !readings[index].isDecoration { blanks.reset() }
      if line.indentation == 0 { heading = readings[index].isFileName && isNew[index] ? index : nil }
    }
    close()
    return failures
  }

  private enum Part {
    case detail, nothing, anotherMatter
  }

  /// What a line has to do with the failure that is told above it.
  private func part(of failure: Failure, _ index: Int, blanks: Int) -> Part {
    let reading = readings[index]
    switch reading.verdict.role {
    case .section, .summary, .failure: return .anotherMatter
    case .listed where reading.score >= failure.score, .mention: return .anotherMatter
    case .noise where !reading.isMessage, .consequence: return .nothing
    default: break
    }
    if reading.beginsTraceback { return failure.score > reading.score ? .nothing : .anotherMatter }
    if blanks > (failure.score >= LineReading.Score.failure ? 2 : 0) { return .anotherMatter }
    if failure.lines.count > Failure.lineLimit || reading.score > failure.score { return .anotherMatter }
    let isDeeper = output.lines[index].indentation > output.lines[failure.lines[0]].indentation
    guard
      failure.score >= LineReading.Score.listedFailure || reading.isMessage || reading.verdict.isPlace || isDeeper
        || blanks == 0
    else { return .anotherMatter }
    return reading.isDecoration || !isNew[index] ? .nothing : .detail
  }
}

/// How many blank lines have been seen since the last line.
private struct BlankCount {
  private(set) var value = 0
  /// Whether nearly every other line is blank, as on some terminals: one blank line then separates nothing.
  private let isDoubled: Bool
  private var isHalf = false

  init(_ output: PlainLines) {
    let telling = output.lines.count { !$0.isBlank }
    let neighbours = zip(output.lines, output.lines.dropFirst()).count { !$0.isBlank && !$1.isBlank }
    isDoubled = telling >= 10 && neighbours * 10 < telling
  }

  mutating func increase() {
    if isDoubled { isHalf.toggle() }
    if !isHalf { value += 1 }
  }

  mutating func reset() {
    value = 0
    isHalf = false
  }
}

/// The lines chosen so far.
private struct Selection {
  private let output: PlainLines
  private let limit: Int
  private var chosen: Set<Int> = []
  /// The texts of those: what was said once need not be said again.
  private var texts: Set<ArraySlice<UInt8>> = []

  init(_ output: PlainLines, limit: Int) {
    self.output = output
    self.limit = limit
  }

  var lines: [Int] { chosen.sorted() }
  private var isFull: Bool { chosen.count >= limit }

  /// Of a single failure as much as there is room for; of several the first two lines each, and what room is left.
  mutating func take(_ failures: some Sequence<Failure>) {
    var unshown: [Failure] = []
    for failure in failures where !isFull && takeFirst(of: failure) { unshown.append(failure) }
    for failure in unshown { for line in failure.byImportance where !isFull { take(line) } }
  }

  /// False if the failure has been told before.
  private mutating func takeFirst(of failure: Failure) -> Bool {
    guard !texts.contains(output.message(of: failure.lines[0])) else { return false }
    var count = 0
    for line in failure.byImportance where count < 2 && !isFull { if take(line) { count += 1 } }
    return true
  }

  @discardableResult
  private mutating func take(_ line: Int) -> Bool {
    guard !chosen.contains(line), texts.insert(output.message(of: line)).inserted else { return false }
    chosen.insert(line)
    return true
  }
}
