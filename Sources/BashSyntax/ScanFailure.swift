/// Why a reader of the grammar gave up.
enum ScanFailure: Error, Equatable {
  /// The input ended where more of it could have gone on.
  case endOfInput

  /// What stands there is nothing that bash accepts.
  case syntaxError

  /// The source is nested more deeply than the scanner follows.
  case tooDeep

  /// A word stands there for which bash would read the body of an alias.
  case alias(Range<Int>)

  /// Whether it concerns the whole source, not only the part that was being read.
  var endsScan: Bool {
    switch self {
    case .tooDeep, .alias: true
    case .endOfInput, .syntaxError: false
    }
  }
}
