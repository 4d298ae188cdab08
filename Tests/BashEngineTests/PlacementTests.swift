import BashEngine
import BashSyntax
import SyntaxSupport
import Testing

/// `&bg` put wherever bash takes `&` in the scripts of this machine.
@Suite(.serialized) struct PlacementTests {
  /// A place of a command where an operator may stand.
  struct Place {
    let command: Corpus.TopLevelCommand
    let offset: Int

    /// Whether a dash follows, which would begin a flag, a `;` that may follow the operator, but not `&`, or what is
    /// an extended pattern unless it stands first.
    var isUnlike: Bool {
      let rest = command.source[offset...]
      let following = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      let next = following.first
      return following.starts(with: "!(".utf8) || next == UInt8(ascii: "-")
        || next == UInt8(ascii: ";") && next != rest.first
    }

    /// The command with `operation` at the place, and without the `;` behind it where that is said.
    func source(with operation: String, droppingSemicolon: Bool) -> [UInt8] {
      let source = command.source
      let isSemicolon =
        droppingSemicolon && source[offset...].starts(with: ";".utf8)
        && !source[offset...].starts(with: ";;".utf8) && !source[offset...].starts(with: ";&".utf8)
      return source[..<offset] + Array(operation.utf8) + source[(isSemicolon ? offset + 1 : offset)...]
    }
  }

  @Test func `a script without the operator comes back byte for byte`() {
    for script in Corpus.scripts {
      let scan = SyntaxScanner.scan(script.source)
      #expect(Rewriter.rewrite(script.source, scan) == script.source, "\(script.path)")
    }
  }

  /// Where bash accepts `&` but not `& &`, a list ends, and `&bg` is its operator; nowhere else.
  @Test func `whatever can be made asynchronous takes the operator, and stays bash when it is rewritten`() {
    var places = PlacementTests.places
    if !Soak.isOn {
      var random = RandomSource(seed: 3)
      places = Array(places.shuffled(using: &random).prefix(PlacementTests.placesInSuite))
    }
    var outcome = Outcome()
    for start in stride(from: 0, to: places.count, by: 20_000) {
      check(Array(places[start..<min(start + 20_000, places.count)]), &outcome)
    }
    print(
      "placement: \(outcome.operatorCount) operators in \(places.count) of \(PlacementTests.places.count) places of \(Corpus.scripts.count) scripts, "
        + "\(outcome.opaqueCount) into which bash -n does not look, \(outcome.doubtCount) asked about again")
    #expect(
      outcome.failures.isEmpty, "\(outcome.failures.count):\n\(outcome.failures.prefix(20).joined(separator: "\n--\n"))"
    )
    #expect(outcome.operatorCount > 1_000)
  }

  @Test func `the same holds for random programs`() {
    var outcome = Outcome()
    var programCount = 0
    var acceptedCount = 0
    var disagreements: [[UInt8]] = []
    let deadline = ContinuousClock.now + .seconds(Soak.seconds ?? 0)
    var seed: UInt64 = 0
    repeat {
      seed += 1
      var random = RandomSource(seed: seed)
      var generator = ProgramGenerator(seed: seed)
      let programs = (0..<PlacementTests.programsInSuite).map { _ in generator.program() }.filter { $0.count < 20_000 }
      let accepted = Bash.accepts(programs)
      let doubted = zip(programs, accepted).filter { (SyntaxScanner.scan($0).completeness == .complete) != $1 }.map(\.0)
      for (program, verdict) in zip(doubted, Bash.verdicts(on: doubted)) {
        let completeness = SyntaxScanner.scan(program).completeness
        if completeness != verdict {
          disagreements.append(program)
        }
      }
      let places = zip(programs, accepted).filter(\.1).flatMap { program, _ -> [Place] in
        let command = Corpus.TopLevelCommand(path: "seed \(seed)", source: program)
        return (0..<3).map { _ in Place(command: command, offset: program.indices.randomElement(using: &random)!) }
      }
      check(places.filter { !$0.isUnlike }, &outcome)
      programCount += programs.count
      acceptedCount += accepted.count { $0 }
    } while ContinuousClock.now < deadline
    print(
      "programs: \(programCount) random programs, \(acceptedCount) accepted by bash, \(outcome.operatorCount) operators in them, "
        + "\(outcome.opaqueCount) places into which bash -n does not look, \(disagreements.count) read otherwise")
    if Soak.isOn { disagreements = PlacementTests.shrunkDisagreements(disagreements) }
    outcome.failures.sort { $0.utf8.count < $1.utf8.count }
    #expect(
      disagreements.count <= programCount / PlacementTests.programsPerQuirk,
      "\(disagreements.count):\n\(shown(disagreements).joined(separator: "\n--\n"))")
    #expect(
      outcome.failures.count <= programCount / PlacementTests.programsPerQuirk,
      "\(outcome.failures.count):\n\(outcome.failures.prefix(20).joined(separator: "\n--\n"))"
    )
  }

  /// The shortest ones, made as short as they can be with the same two answers.
  private static func shrunkDisagreements(_ sources: [[UInt8]]) -> [[UInt8]] {
    sources.sorted { $0.count < $1.count }.prefix(5).map { source in
      let answers = [SyntaxScanner.scan(source).completeness, Bash.verdicts(on: [source])[0]]
      return Shrinking.shrunk(source) { candidates in
        zip(candidates, Bash.verdicts(on: candidates)).map { [SyntaxScanner.scan($0).completeness, $1] == answers }
      }
    }
  }

  private func shown(_ sources: [[UInt8]]) -> [String] {
    zip(sources, Bash.verdicts(on: sources)).map {
      "\(SyntaxScanner.scan($0).completeness), not \($1): \(String(decoding: $0, as: UTF8.self))"
    }
  }

  private static let programsInSuite = 2_000

  /// Bash 5.2 has quirks where `((` turns out to open subshells, in `$(time …)` and for a newline before `in` within
  /// `case`; a random program shows one more seldom than this. What the scanner reads otherwise goes to bash unchanged,
  /// or is rejected by bash when it is rewritten.
  private static let programsPerQuirk = 200

  private struct Outcome {
    var operatorCount = 0
    var opaqueCount = 0
    var doubtCount = 0
    var failures: [String] = []
  }

  private func check(_ places: [Place], _ outcome: inout Outcome) {
    let single = places.map { $0.source(with: " & ", droppingSemicolon: true) }
    let double = places.map { $0.source(with: " & & ", droppingSemicolon: true) }
    var doubted: [(place: Place, single: [UInt8], double: [UInt8])] = []
    var rewritten: [(place: Place, source: [UInt8])] = []
    for (number, (isAccepted, isText)) in zip(Bash.accepts(single), Bash.accepts(double)).enumerated() {
      let place = places[number]
      let finding = Finding(place)
      if let source = finding.rewritten, !isText { rewritten.append((place, source)) }
      switch finding.verdict(isOperator: isAccepted && !isText, isText: isText) {
      case .right: outcome.operatorCount += finding.rewritten == nil ? 0 : 1
      case .unknown: outcome.opaqueCount += 1
      case .wrong: doubted.append((place, single[number], double[number]))
      }
    }
    // A syntax error in one source may mislead the bash that reads many: what is doubted is read by one of its own.
    let verdicts = Bash.verdicts(on: doubted.flatMap { [$0.single, $0.double] })
    for (number, doubt) in doubted.enumerated() {
      let isText = verdicts[2 * number + 1] == .complete
      let isOperator = verdicts[2 * number] == .complete && !isText
      guard Finding(doubt.place).verdict(isOperator: isOperator, isText: isText) == .wrong else { continue }
      outcome.failures.append("\(isOperator ? "an" : "no") operator: \(shown(doubt.place))")
    }
    outcome.doubtCount += doubted.count
    let rejected = zip(rewritten, Bash.accepts(rewritten.map(\.source))).filter { !$1 }.map(\.0)
    for (rejected, verdict) in zip(rejected, Bash.verdicts(on: rejected.map(\.source))) where verdict != .complete {
      outcome.failures.append("rewritten: \(shown(rejected.place))")
    }
    for (place, source) in rewritten where source.count(where: { $0 == 10 }) != place.command.lineEnds.count {
      outcome.failures.append("lines: \(shown(place))")
    }
  }

  /// What the scanner makes of an operator at a place.
  private struct Finding {
    enum Verdict { case right, wrong, unknown }

    let isOperator: Bool
    let isMisplaced: Bool
    /// The place stands where bash looks only when it runs the command.
    let mayBeReadLater: Bool
    let rewritten: [UInt8]?

    init(_ place: Place) {
      let source = place.source(with: " &bg ", droppingSemicolon: false)
      let scan = SyntaxScanner.scan(source)
      // Also: an open here-document, which keeps the operators of its text.
      isMisplaced =
        scan.operators.first?.form == .alone || scan.completeness == .complete && !scan.problems.isEmpty
        || scan.completeness == .incomplete
      isOperator = scan.operators.map(\.operatorRange) == [place.offset + 1..<place.offset + 4]
      rewritten = isOperator && scan.completeness == .complete && !isMisplaced ? Rewriter.rewrite(source, scan) : nil
      let before = source[..<place.offset]
      mayBeReadLater = ["`", "<<", "$((", "<((", ">(("].contains { text in
        before.indices.contains { before[$0...].starts(with: text.utf8) }
      }
    }

    func verdict(isOperator expected: Bool, isText: Bool) -> Verdict {
      if isText && (isOperator || isMisplaced) { return mayBeReadLater ? .unknown : .wrong }
      if isMisplaced { return .right }
      return isOperator == expected ? .right : .wrong
    }
  }

  private func shown(_ place: Place) -> String {
    let (source, offset) = (place.command.source, place.offset)
    let before = String(decoding: source[max(0, offset - 150)..<offset], as: UTF8.self)
    return
      "\(place.command.path): \(before)‸\(String(decoding: source[offset..<min(source.count, offset + 60)], as: UTF8.self))"
  }

  /// The ends of the words of every command, each command once.
  private static let places: [Place] = {
    var seen: Set<[UInt8]> = []
    return Corpus.commands.filter { $0.source.count < 30_000 && seen.insert($0.source).inserted }.flatMap { command in
      command.source.indices.filter { offset in
        let isEnd = ends.contains(command.source[offset])
        return isEnd && (offset == 0 || command.source[offset - 1] != UInt8(ascii: " "))
      }.map { Place(command: command, offset: $0) }.filter { !$0.isUnlike }
    }
  }()

  private static let ends = Set(" \n;)&|}`\"".utf8)
  private static let placesInSuite = 6_000
}
