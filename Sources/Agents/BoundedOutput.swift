/// An output as it stands in a result: whole, or its head and its tail.
package struct BoundedOutput: Hashable, Sendable {
  package let text: String
  /// Whether all of it is there.
  package let isWhole: Bool

  /// - Parameters:
  ///   - head: The first bytes; all of them if nothing is missing behind.
  ///   - tail: The last bytes where some are missing between; else empty.
  ///   - missingBytes: How many are missing between the two.
  ///   - path: Where the whole is.
  package init(head: [UInt8], tail: [UInt8] = [], missingBytes: Int64 = 0, path: String) {
    let half = Limits.outputCharacters / 2
    let start = PlainText.output(head)
    if missingBytes == 0, start.unicodeScalars.count <= Limits.outputCharacters {
      text = start.hasSuffix("\n") ? String(start.dropLast()) : start
      isWhole = true
      return
    }
    isWhole = false
    let end = missingBytes == 0 ? start : PlainText.output(tail)
    let first = Self.wholeLines(String(start.unicodeScalars.prefix(half)), keeping: .head)
    let last = Self.wholeLines(String(end.unicodeScalars.suffix(half)), keeping: .tail)
    text = "\(first)\n[… the middle is left out; the whole is in \(path) …]\n\(last)"
  }

  private enum Side { case head, tail }

  /// Drops a part of a line where something is left out, unless that would be most of it.
  private static func wholeLines(_ text: String, keeping side: Side) -> String {
    var text = text[...]
    switch side {
    case .head:
      if let end = text.lastIndex(where: \.isNewline), text.distance(from: end, to: text.endIndex) < text.count / 2 {
        text = text[..<end]
      }
    case .tail:
      if text.last?.isNewline == true { text.removeLast() }
      if let start = text.firstIndex(where: \.isNewline),
        text.distance(from: text.startIndex, to: start) < text.count / 2
      {
        text = text[text.index(after: start)...]
      }
    }
    return String(text)
  }
}
