/// What a piece of bash source holds that matters to bgsh.
package struct SourceScan: Hashable, Sendable {
  /// Whether bash could run the source as it stands.
  package enum Completeness: Hashable, Sendable {
    /// It is a whole program.
    case complete

    /// More lines could make it one.
    case incomplete

    /// Bash will report what is wrong; the source goes to it unchanged.
    case unreadable
  }

  /// Whether bash could run the source as it stands.
  package let completeness: Completeness

  /// The operators, nested ones included, in the order in which their lists start.
  ///
  /// There are none in a source that bash would reject at its end. One that bash would accept there although a prompt
  /// would ask for more of it, an open here-document or a backslash at the end, keeps its operators.
  package let operators: [BackgroundOperator]

  /// The operators that stand in a whole program, or in front of what is missing of one.
  package let operatorsSoFar: [BackgroundOperator]

  /// The broken uses of operators, in the order of the source; if there is one, nothing of the source may run.
  ///
  /// There are none in a source that bash would reject at its end.
  package let problems: [SyntaxProblem]

  /// The prefixes, flags included, whose lists have not ended where the input does; none in a complete source.
  package let openPrefixes: [Range<Int>]

  /// The delimiter of the here-document within whose body the source ends, after quote removal.
  package let openDelimiter: [UInt8]?

  /// Whether a job command is given a reference to a task, as in `wait @7`.
  package let mentionsTaskReference: Bool

  /// Whether it is nested more deeply than the scanner follows: then nothing is known of its operators.
  package let isTooDeep: Bool
}

extension SourceScan {
  /// A source that means what one operator means, and nothing else.
  init(only found: BackgroundOperator) {
    self.init(
      completeness: .complete, operators: [found], operatorsSoFar: [found], problems: [], openPrefixes: [],
      openDelimiter: nil, mentionsTaskReference: false, isTooDeep: false)
  }
}
