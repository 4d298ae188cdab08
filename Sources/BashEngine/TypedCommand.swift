import BashSyntax

/// The command that bash is reading, line by line: finds its operators when it is complete.
///
/// A line goes to bash as it was typed unless it holds an operator. In a command of several lines the list of an operator
/// may begin on a line that bash already has. So bash first gets such lines in a neutral form, that keeps it asking for
/// more where the original would; and when the command is complete, all of it again, rewritten.
package struct TypedCommand {
  private var text: [UInt8] = []

  package init() {}

  /// Takes the next line, without its newline.
  ///
  /// - Returns: What bash is to do with it, and what is to be said where it is refused.
  package mutating func add(_ line: [UInt8], isFirst: Bool) -> (verdict: LineVerdict, complaints: [String]) {
    let start = isFirst ? 0 : text.count + 1
    text = isFirst ? line : text + [UInt8(ascii: "\n")] + line
    let scan = SyntaxScanner.scan(text)
    let complaints = SourceReview.complaints(about: scan, in: text)
    guard complaints.isEmpty else { return (.refused, complaints) }
    switch scan.completeness {
    case .unreadable: return (.asTyped, [])
    case .incomplete:
      let neutral = Rewriter.neutral(text, scan, from: start)
      return (neutral == text[start...] ? .asTyped : .replacement(Array(neutral)), [])
    case .complete:
      guard !scan.operators.isEmpty else { return (.asTyped, []) }
      let rewritten = Rewriter.rewrite(text, scan)
      return (isFirst ? .replacement(rewritten) : .wholeCommand(rewritten), [])
    }
  }
}
