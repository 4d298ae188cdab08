/// What is wrong with a use of `&bg` or of the prefix form, and how to mend it.
package struct SyntaxProblem: Hashable, Sendable {
  /// The byte offset in the source.
  package let offset: Int

  /// The line, counted from 1.
  package let line: Int

  /// The column, counted from 1 in characters; a byte that is not valid UTF-8 counts as one.
  package let column: Int

  /// What is wrong, in lower case and without a period.
  package let message: String
}
