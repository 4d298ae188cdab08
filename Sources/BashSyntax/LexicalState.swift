/// What has been found up to a point of the source, to go back to when a reading turns out to be wrong.
struct LexicalState {
  let index: Int
  let tokenEnd: Int
  let operatorCount: Int
  let problemCount: Int
  let openPrefixCount: Int
  let hereDocumentCount: Int
  let pendingHereDocuments: [Int]
  let mentionsTaskReference: Bool
}

extension SyntaxScanner {
  /// Remembers where the scanner stands.
  func lexicalState() -> LexicalState {
    LexicalState(
      index: index, tokenEnd: tokenEnd, operatorCount: operators.count, problemCount: problems.count,
      openPrefixCount: openPrefixes.count,
      hereDocumentCount: hereDocuments.count, pendingHereDocuments: pendingHereDocuments,
      mentionsTaskReference: mentionsTaskReference)
  }

  /// Forgets everything that was found since.
  mutating func goBack(to state: LexicalState) {
    index = state.index
    tokenEnd = state.tokenEnd
    operators.removeLast(operators.count - state.operatorCount)
    problems.removeLast(problems.count - state.problemCount)
    openPrefixes.removeLast(openPrefixes.count - state.openPrefixCount)
    hereDocuments.removeLast(hereDocuments.count - state.hereDocumentCount)
    pendingHereDocuments = state.pendingHereDocuments
    mentionsTaskReference = state.mentionsTaskReference
  }
}
