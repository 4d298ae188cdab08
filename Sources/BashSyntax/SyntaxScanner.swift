/// A reader of bash's grammar that looks for the operator `&bg`.
///
/// It goes through the source once, from left to right, as bash 5.2's own parser does, and follows it down to
/// ``Limits/depth`` levels. Only a `((` that turns out to open two subshells, and text that bash itself reads twice
/// (backquotes, bodies of here-documents), is gone over again.
package struct SyntaxScanner {
  enum Limits {
    /// Levels of nesting, as of `$(` in `$(`: a release build needs a stack of 1 MiB for so many, a debug build 4 MiB.
    static let depth = 150
  }

  let source: [UInt8]

  /// Whether the source is read as bash does in posix mode.
  let isPosix: Bool

  /// The next byte to be read.
  var index = 0

  /// Where the input ends: that of the source, or that of the part which is being read as if it stood alone.
  var end: Int

  /// The end of the last token, before the blanks that follow it.
  var tokenEnd = 0

  var depth = 0

  /// The `$(` that are open, apart from those around a part that is read as if it stood alone.
  var openSubstitutions = 0

  /// Where the newest substitution's first command begins.
  var substitutionStart = 0

  var operators: [BackgroundOperator] = []
  var problems: [(offset: Int, message: String)] = []
  var hereDocuments: [HereDocument] = []

  /// The prefixes whose lists are being read, the outermost first.
  var openPrefixes: [Range<Int>] = []

  /// Those of ``hereDocuments`` whose bodies follow the next newline.
  var pendingHereDocuments: [Int] = []

  /// Where two parentheses turned out to open subshells, and no arithmetic.
  ///
  /// The value is where the substitution is closed that they begin, or the inner subshell of a command.
  var subshellParentheses: [Int: Int] = [:]

  var mentionsTaskReference = false

  /// Whether `--help` stands among the flags of an operator.
  var asksForHelp = false

  /// The aliases whose names end the scan where bash would expand them; none, or one table of them.
  var aliases: [AliasExpansion] = []

  /// Whether the source ends with a backslash that joins it to a line which is still to come.
  var endsInContinuation = false

  /// The delimiter of the here-document within whose body the source ends.
  var openDelimiter: [UInt8]?

  init(_ source: [UInt8], isPosix: Bool = false, depth: Int = 0) {
    self.source = source
    self.isPosix = isPosix
    self.depth = depth
    end = source.count
  }

  /// Scans a piece of bash source, in any encoding.
  package static func scan(_ source: [UInt8], isPosix: Bool = false) -> SourceScan {
    var scanner = SyntaxScanner(source, isPosix: isPosix)
    if let alone = scanner.readLoneOperator() { return SourceScan(only: alone) }
    do throws(ScanFailure) {
      try scanner.readProgram()
    } catch {
      let completeness = scanner.completeness(after: error)
      return SourceScan(
        completeness: completeness, operators: [],
        operatorsSoFar: completeness == .incomplete ? scanner.operators : [], problems: [],
        openPrefixes: scanner.openPrefixes, openDelimiter: scanner.openDelimiter,
        mentionsTaskReference: scanner.mentionsTaskReference, isTooDeep: error == .tooDeep)
    }
    if scanner.asksForHelp {
      return SourceScan(
        only: BackgroundOperator(
          form: .help, list: 0..<0, operatorRange: 0..<source.count, flags: [], hereDocumentBodies: [], terminator: nil,
          needsSeparator: false))
    }
    return scanner.result()
  }

  /// Reads the whole of the input.
  mutating func readProgram() throws(ScanFailure) {
    try readList()
    guard current == .end else { throw .syntaxError }
    try readHereDocumentBodies()
  }

  /// Reads what stands in a range as if it were the whole input, and goes on behind where it stood.
  ///
  /// bash looks into such a part only when it runs it. A part that it will not understand is left alone, and is no
  /// fault of the source.
  mutating func readApart(
    _ part: Range<Int>, _ read: (inout SyntaxScanner) throws(ScanFailure) -> Void
  ) throws(ScanFailure) {
    let outside = lexicalState()
    let (outerEnd, outerSubstitutions, outerContinuation) = (end, openSubstitutions, endsInContinuation)
    index = part.lowerBound
    end = part.upperBound
    openSubstitutions = 0
    pendingHereDocuments = []
    var failure: ScanFailure?
    do {
      try descend(read)
    } catch {
      failure = error
    }
    end = outerEnd
    openSubstitutions = outerSubstitutions
    endsInContinuation = outerContinuation
    if let failure {
      guard !failure.endsScan else { throw failure }
      goBack(to: outside)
    }
    index = part.upperBound
    tokenEnd = outside.tokenEnd
    pendingHereDocuments = outside.pendingHereDocuments
  }

  /// Reads something that is nested one level deeper.
  mutating func descend<Result>(
    _ read: (inout SyntaxScanner) throws(ScanFailure) -> Result
  ) throws(ScanFailure) -> Result {
    guard depth < Limits.depth else { throw .tooDeep }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  private func completeness(after failure: ScanFailure) -> SourceScan.Completeness {
    switch failure {
    case .endOfInput: .incomplete
    case .syntaxError: endsInContinuation && index >= end ? .incomplete : .unreadable
    case .tooDeep, .alias: .unreadable
    }
  }

  private func result() -> SourceScan {
    SourceScan(
      completeness: endsInContinuation || openDelimiter != nil ? .incomplete : .complete,
      operators: operators.sorted { $0.list.lowerBound < $1.list.lowerBound }.map(withHereDocumentBodies),
      operatorsSoFar: operators,
      problems: locatedProblems(),
      openPrefixes: openPrefixes,
      openDelimiter: openDelimiter,
      mentionsTaskReference: mentionsTaskReference,
      isTooDeep: false)
  }
}
