package import CProtocol

/// What stands at the end of an unfinished source, where somebody is about to type a word: for completion.
package struct CursorContext: Hashable, Sendable {
  package enum Word: Hashable, Sendable {
    /// A flag of an operator, or else the next command.
    case flag
    /// The value of a flag.
    case value(TaskFlag)
    /// None of the operator's.
    case ordinary
  }

  /// What the word may be.
  package let word: Word

  /// The words before it that only bgsh understands: `bg` with its flags, and prefixes. To bash they are blanks.
  package let foreign: [Range<Int>]

  /// Reads the source up to the word, in any encoding.
  package init(before source: [UInt8]) {
    // With a word in its place, what is unfinished is as finished as it will be.
    var scanner = SyntaxScanner(source + [UInt8(ascii: "x")])
    do throws(ScanFailure) {
      try scanner.readProgram()
    } catch {
      // What has been found is enough.
    }
    let cursor = source.count
    let flags = scanner.operators.flatMap(\.flags)
    let blanks = source.reversed().prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
    var ranges = scanner.openPrefixes
    for found in scanner.operators {
      let start = found.operatorRange.lowerBound
      ranges.append(found.form == .prefix ? found.operatorRange : (start + 1)..<found.operatorRange.upperBound)
    }
    if let flag = flags.first(where: { $0.value?.lowerBound == cursor }) {
      word = .value(flag.name)
    } else if blanks > 0, ranges.contains(where: { $0.upperBound == cursor - blanks }) {
      word = .flag
    } else {
      word = .ordinary
    }
    foreign = ranges.filter { $0.upperBound <= cursor }.sorted { $0.lowerBound < $1.lowerBound }
  }
}
