/// A place where a list is sent to the background: `LIST &bg [flags]`, or `--timeout D [flags] LIST`.
///
/// All ranges are byte offsets into the scanned source.
package struct BackgroundOperator: Hashable, Sendable {
  /// How the operator is written.
  package enum Form: Hashable, Sendable {
    /// After its list: `make &bg --name build`.
    case suffix

    /// Before its list: `--timeout 5m make`.
    case prefix

    /// The whole input is `&bg`, which means the same as the command `bg`.
    case alone

    /// Somewhere in the input `--help` stands among the flags of an operator: that is all that it asks for.
    case help
  }

  /// How the operator is written.
  package let form: Form

  /// The list that goes to the background, without surrounding blanks; empty for ``Form/alone`` and ``Form/help``.
  package let list: Range<Int>

  /// From `&bg`, or the prefix flag, to the end of the last flag; the whole input for ``Form/help``.
  package let operatorRange: Range<Int>

  /// The flags, in the order in which they are written.
  package let flags: [Flag]

  /// The bodies of here-documents that the list opens and that stand after the operator, delimiter lines included.
  ///
  /// The bodies that stand within ``list`` are not among them.
  package let hereDocumentBodies: [Range<Int>]

  /// The `&` that ended the list of a prefix form, and that the operator has used up; `nil` if it ended otherwise.
  package let terminator: Range<Int>?

  /// Whether something follows on the line that must be kept apart by a `;`.
  ///
  /// What counts is what stands behind ``operatorRange`` of a suffix; behind ``list`` of a prefix, or behind its
  /// ``terminator``. It is false before `;`, `;;`, `;&`, `;;&`, a newline, `)`, a comment and the end of the input: what stands there
  /// ends the list already.
  package let needsSeparator: Bool
}
