/// A here-document that some redirection has opened.
struct HereDocument {
  /// Where its redirection operator stands.
  let openedAt: Int

  /// The line that ends it, after quote removal.
  let delimiter: [UInt8]

  /// Whether the delimiter is quoted, so that the body is text alone.
  let isQuoted: Bool

  /// Whether leading tabs are dropped, as after `<<-`.
  let stripsTabs: Bool

  /// The body and its delimiter line, with the newline, once they have been read.
  var body: Range<Int>?
}
