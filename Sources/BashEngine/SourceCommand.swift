import BashSyntax
import CProtocol

/// The judgement on a command of a source, which nobody types.
///
/// Only bash knows where a command ends: that depends on aliases and options which earlier commands have set. So a command
/// that is not complete on its first line is held until bash has found its end.
package enum SourceCommand {
  /// What bash must not see while it looks for the end of the command. Those are the prefixes, and the word `bg` with its
  /// flags where another word follows: in `make &bg fi`, bash would take `fi` for an argument of a command `bg`.
  private static func foreign(to scan: SourceScan, in text: [UInt8]) -> [Range<Int>] {
    let blanks = Array(" \t\n\\".utf8)
    // Flags may go on behind a backslash, which stays.
    let end = text.last == UInt8(ascii: "\\") ? text.count - 1 : text.count
    let words = scan.operatorsSoFar.compactMap { found -> Range<Int>? in
      let range = found.operatorRange.lowerBound + 1..<min(end, found.operatorRange.upperBound)
      let mayGoOn = end < text.count && text[range.upperBound...].allSatisfy(blanks.contains)
      return found.form == .suffix && (found.needsSeparator || mayGoOn) ? range : nil
    }
    return scan.openPrefixes + words
  }

  /// What bash is to read in place of the first line of a text, of which nothing has been read; nil where that is no command
  /// that can be judged by itself, or is to stay as it is. In posix mode, and with aliases, it may be something else.
  package static func replacement(ofFirstLineIn text: [UInt8]) -> [UInt8]? {
    let line = Array(text.prefix { $0 != UInt8(ascii: "\n") })
    guard SourceReview.mentionsOperator(line) || SourceReview.holds(line, BGSH_PREFIX),
      case (.replacement(let code), _) = judge(ReadText(line, at: .lines(newest: 0)))
    else { return nil }
    return code
  }

  /// - Returns: What bash is to do with the text, and what is to be said where it is refused.
  package static func judge(_ read: ReadText) -> (verdict: LineVerdict, complaints: [String]) {
    let source = read.expanded
    let scan = SyntaxScanner.scan(source, isPosix: read.isPosix)
    let complaints = SourceReview.complaints(about: scan, in: source, firstLine: read.firstLine)
    guard complaints.isEmpty else { return (.refused, complaints) }
    switch read.place {
    case .lines(let newest):
      if newest == 0 && scan.completeness == .complete {
        return (scan.operators.isEmpty ? .asTyped : .replacement(Rewriter.rewrite(source, scan)), [])
      }
      let unexpanded = source == read.text ? scan : SyntaxScanner.scan(read.text, isPosix: read.isPosix)
      guard SourceReview.mentionsOperator(source) || !unexpanded.openPrefixes.isEmpty || !scan.operators.isEmpty
      else { return (.asTyped, []) }
      let rest = read.text.removing(foreign(to: unexpanded, in: read.text), from: newest)
      return (.held(rest.count == read.text.count - newest ? nil : rest), [])
    case .command, .firstLine, .laterLine, .evaluated:
      guard scan.operators.isEmpty else {
        return (.replacement(Rewriter.rewrite(source, scan)), [])
      }
      if scan.completeness == .complete || !SourceReview.mentionsOperator(source) { return (.asTyped, []) }
      return (
        .refused,
        [
          "line \(read.firstLine): what '&bg' means in this command cannot be told, and it is not run; give '&bg' a command of its own"
        ]
      )
    }
  }
}
