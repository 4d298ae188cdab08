import BashSyntax

/// A text that bash evaluates without reading it as a line: that of `eval`, a sourced file or a trap. It is judged once, as
/// a whole.
package enum EvaluatedText {
  /// What bash is to do with it.
  package enum Verdict: Hashable, Sendable {
    case asIs
    /// The same, as it cannot be understood as a whole, though an operator seems to be meant.
    case notUnderstood
    case replacement([UInt8])
    /// Run nothing of it; why, a line each.
    case refused([String])
  }

  package static func judge(_ read: ReadText) -> Verdict {
    let source = read.expanded
    let scan = SyntaxScanner.scan(source, isPosix: read.isPosix)
    let complaints = SourceReview.complaints(about: scan, in: source, firstLine: read.firstLine)
    guard complaints.isEmpty else { return .refused(complaints) }
    guard scan.operators.isEmpty else { return .replacement(Rewriter.rewrite(source, scan)) }
    return scan.completeness == .complete || !SourceReview.mentionsOperator(source) ? .asIs : .notUnderstood
  }
}
