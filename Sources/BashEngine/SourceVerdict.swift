package import BashSyntax

/// What is to become of a piece of source before bash sees any of it.
package enum SourceVerdict: Hashable, Sendable {
  /// Bash gets it as it stands: it holds nothing of bgsh's.
  case plain

  /// Bash gets this in its place, which launches tasks or speaks of them to job commands.
  case rewritten([UInt8])

  /// None of it runs; these complaints are said, as `line 3, column 9: nothing to run before '&bg'`.
  case complaints([String])

  /// It cannot be understood, so nobody knows what `&bg` in it means. Bash runs none of it and says what is wrong.
  case unreadable

  /// The verdict on a source whose end has been reached: no more of it will follow.
  package static func of(_ source: [UInt8]) -> SourceVerdict { of(source, SyntaxScanner.scan(source)) }

  /// The same, for a source that has been scanned to know whether it is complete.
  package static func of(_ source: [UInt8], _ scan: SourceScan) -> SourceVerdict {
    let complaints = SourceReview.complaints(about: scan, in: source)
    guard complaints.isEmpty else { return .complaints(complaints) }
    guard scan.operators.isEmpty else { return .rewritten(Rewriter.rewrite(source, scan)) }
    if scan.completeness != .complete && SourceReview.mentionsOperator(source) { return .unreadable }
    return scan.mentionsTaskReference ? .rewritten(source) : .plain
  }
}
