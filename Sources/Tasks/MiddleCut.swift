/// Text without its middle: what a command begins with and what it ends with tell most.
package enum MiddleCut {
  /// Stands for what is left out.
  package static let ellipsis = "…"
  /// The same where a locale has only ASCII.
  package static let asciiEllipsis = "..."

  /// One line of bytes, made safe for a terminal; see ``VisibleText``.
  package static func line(_ bytes: [UInt8], columns: Int, ellipsis: String = ellipsis) -> String {
    // Of a very long one only its two ends are looked at.
    let most = max(64, columns) * 16
    guard bytes.count > 2 * most else {
      let text = VisibleText.line(bytes)
      return fits(text, columns) ? text : join(text, text, columns, ellipsis)
    }
    return join(VisibleText.line(bytes.prefix(most)), VisibleText.line(bytes.suffix(most)), columns, ellipsis)
  }

  /// A text that is safe for a terminal already.
  package static func text(_ text: String, columns: Int, ellipsis: String = ellipsis) -> String {
    fits(text, columns) ? text : join(text, text, columns, ellipsis)
  }

  private static func join(_ head: String, _ tail: String, _ columns: Int, _ ellipsis: String) -> String {
    let room = columns - DisplayWidth.of(ellipsis)
    guard room > 0 else { return String(ellipsis.prefix(max(0, columns))) }
    return beginning(of: head, (room + 1) / 2) + ellipsis + end(of: tail, room / 2)
  }

  /// Marks take no column, but a limit of columns is to limit the text all the same.
  private static let charactersPerColumn = 4

  private static func fits(_ text: String, _ columns: Int) -> Bool {
    DisplayWidth.of(text) <= columns && text.unicodeScalars.count <= columns * charactersPerColumn
  }

  private static func beginning(of text: String, _ columns: Int) -> Substring {
    let scalars = text.unicodeScalars
    let end = bound(scalars, columns)
    return Substring(scalars[..<end])
  }

  private static func end(of text: String, _ columns: Int) -> Substring {
    let scalars = text.unicodeScalars
    var start = bound(scalars.reversed(), columns).base
    // What joins a character that has been left out.
    while start < scalars.endIndex, DisplayWidth.of(scalars[start]) == 0 { start = scalars.index(after: start) }
    return Substring(scalars[start...])
  }

  /// Behind the last scalar for which there is room.
  private static func bound<Scalars: Collection<Unicode.Scalar>>(_ scalars: Scalars, _ columns: Int) -> Scalars.Index {
    var left = columns
    var charactersLeft = columns * charactersPerColumn
    var index = scalars.startIndex
    while index < scalars.endIndex {
      left -= DisplayWidth.of(scalars[index])
      charactersLeft -= 1
      if left < 0 || charactersLeft < 0 { break }
      index = scalars.index(after: index)
    }
    return index
  }
}
