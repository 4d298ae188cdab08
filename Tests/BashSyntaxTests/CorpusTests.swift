import SyntaxSupport
import Testing

@testable import BashSyntax

@Suite(.serialized) struct CorpusTests {
  @Test func `there are scripts to read`() {
    #expect(Corpus.scripts.count >= 50)
  }

  @Test func `a script that bash accepts is complete and holds no operator`() {
    for script in Corpus.scripts {
      let scan = SyntaxScanner.scan(script.source)
      #expect(scan.completeness == .complete, "\(script.path)")
      #expect(scan.operators.isEmpty && scan.problems.isEmpty, "\(script.path)")
    }
  }

  @Test func `bash agrees on the completeness of a script that is cut at the end of a line`() {
    var random = RandomSource(seed: 1)
    var cuts: [(script: Corpus.Script, prefix: [UInt8])] = []
    for script in Corpus.scripts {
      for end in script.lineEnds.shuffled(using: &random).prefix(CorpusTests.cutsPerScript) {
        let prefix = Array(script.source[...end])
        if !prefix.endsInContinuation { cuts.append((script, prefix)) }
      }
    }
    for (cut, verdict) in zip(cuts, Bash.verdicts(on: cuts.map(\.prefix))) {
      let line = cut.prefix.count { $0 == UInt8(ascii: "\n") }
      #expect(SyntaxScanner.scan(cut.prefix).completeness == verdict, "\(cut.script.path), line \(line)")
    }
    print("bash agrees on \(cuts.count) prefixes of \(Corpus.scripts.count) scripts")
    #expect(!cuts.isEmpty)
  }

  /// Where bash accepts `&` but not `& &`, at the end of a line, a list ends, and `&bg` is its operator.
  @Test func `an operator is found wherever bash accepts an ampersand at the end of a line`() {
    var random = RandomSource(seed: 2)
    var places: [(script: Corpus.Script, end: Int)] = []
    for script in Corpus.scripts {
      for end in script.lineEnds.shuffled(using: &random).prefix(CorpusTests.operatorsPerScript)
      where !script.source[..<end].endsInContinuation && !script.mayHoldBackquotes(at: end) {
        places.append((script, end))
      }
    }
    let single = Bash.verdicts(on: places.map { $0.script.inserting(" &", at: $0.end) })
    for (place, verdict) in zip(places, single) where verdict != .complete {
      let scan = SyntaxScanner.scan(place.script.inserting(" &bg", at: place.end))
      #expect(scan.operators.isEmpty, "\(place.script.path), offset \(place.end)")
    }
    let accepted = zip(places, single).filter { $1 == .complete }.map(\.0)
    let double = Bash.verdicts(on: accepted.map { $0.script.inserting(" & &", at: $0.end) })
    var operatorCount = 0
    for (place, double) in zip(accepted, double) {
      let scan = SyntaxScanner.scan(place.script.inserting(" &bg", at: place.end))
      let isOperator = double != .complete
      let expected = isOperator ? [place.end + 1..<place.end + 4] : []
      let description = "\(place.script.path), offset \(place.end)"
      #expect(scan.operators.map(\.operatorRange) == expected, "\(description)")
      guard isOperator else { continue }
      operatorCount += 1
      #expect(scan.completeness == .complete && scan.problems.isEmpty, "\(description)")
    }
    print("\(operatorCount) operators found at \(places.count) ends of lines")
    #expect(operatorCount > 0)
  }

  /// An interactive bash says after each line whether it wants more; it is asked about every line of every script.
  @Test func `every line of every script is followed by the prompt that bash shows there`() {
    let limit = Soak.isOn ? Int.max : CorpusTests.prefixesPerCommand
    var prefixCount = 0
    var disagreements: [String] = []
    for command in Corpus.commands {
      let ends = command.lineEnds
      // The first lines and the last ones, and of those between every n-th.
      let stride = max(1, ends.count / limit)
      for (number, end) in ends.enumerated() where number % stride == 0 || number + 2 >= ends.count {
        prefixCount += 1
        let expected: SourceScan.Completeness = number + 1 == ends.count ? .complete : .incomplete
        guard SyntaxScanner.scan(Array(command.source[..<end])).completeness != expected else { continue }
        disagreements.append("\(command.path): \(String(decoding: command.source[..<end], as: UTF8.self).suffix(200))")
      }
    }
    print("prompts: \(prefixCount) prefixes of \(Corpus.commands.count) commands of \(Corpus.scripts.count) scripts")
    #expect(disagreements.isEmpty, "\(disagreements.count): \(disagreements.prefix(20).joined(separator: "\n--\n"))")
    #expect(prefixCount > 10_000)
  }

  private static let prefixesPerCommand = 20
  private static let cutsPerScript = 2
  private static let operatorsPerScript = 1
}

extension Corpus.Script {
  /// The offsets of the newlines.
  fileprivate var lineEnds: [Int] { source.indices.filter { source[$0] == UInt8(ascii: "\n") } }

  fileprivate func inserting(_ text: String, at offset: Int) -> [UInt8] {
    source[..<offset] + Array(text.utf8) + source[offset...]
  }

  /// Whether an end of line may stand in backquotes, into which `bash -n` does not look.
  fileprivate func mayHoldBackquotes(at offset: Int) -> Bool {
    let start = source[..<offset].lastIndex(of: UInt8(ascii: "`")) ?? 0
    return start > 0 && source[offset...].contains(UInt8(ascii: "`"))
  }
}

extension Collection where Element == UInt8 {
  fileprivate var endsInContinuation: Bool {
    let line = reversed().drop { $0 == UInt8(ascii: "\n") }
    return line.first == UInt8(ascii: "\\")
  }
}
