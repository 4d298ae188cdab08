/// Why a reader of the grammar gave up.
enum ScanFailure: Error {
  /// The input ended where more of it could have gone on.
  case endOfInput

  /// What stands there is nothing that bash accepts.
  case syntaxError

  /// The source is nested more deeply than the scanner follows.
  case tooDeep
}
