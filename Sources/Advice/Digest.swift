package import Tasks

/// What matters in the output of a task, in a few lines: for now, how it ends.
package enum Digest {
  /// How much of the end of the output is looked at.
  private static let tailBytes = 64 * 1024
  /// How many lines stand under a headline: contract, section 4.
  private static let lineLimit = 5
  private static let columnLimit = 200

  /// At most five lines, safe for a terminal and without indentation; none if there is no output.
  package static func lines(of task: BackgroundTask) -> [String] {
    guard let tail = OutputTail(path: task.output.path, limit: tailBytes) else { return [] }
    let raw = rawLines(of: tail)
    var shown: [String] = []
    for line in raw.reversed() {
      let text = displayed(line)
      if !text.isEmpty { shown.append(text) }
      if shown.count > lineLimit { break }
    }
    let isAll = shown.count <= lineLimit && tail.isWhole
    if isAll || shown.isEmpty { return shown.reversed() }
    let rest =
      tail.isWhole ? "\(raw.count) lines" : ByteCountText.text(tail.fileBytes)
    return shown.prefix(lineLimit - 1).reversed() + ["… \(rest): output \(task.id)"]
  }

  private static func rawLines(of tail: OutputTail) -> [ArraySlice<UInt8>] {
    var lines = tail.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    // The first one has lost its beginning.
    if !tail.isWhole && lines.count > 1 { lines.removeFirst() }
    return lines
  }

  /// A line as a terminal would have shown it last, without colours and blanks at its end.
  private static func displayed(_ line: ArraySlice<UInt8>) -> String {
    for state in line.split(separator: UInt8(ascii: "\r")).reversed() {
      let text = VisibleText.line(rubbedOut(state), escapeSequences: .removed, columnLimit: columnLimit)
      guard let end = text.utf8.lastIndex(where: { $0 != 0x20 }) else { continue }
      return String(text[...end])
    }
    return ""
  }

  /// The bytes without NULs, which are what a hole reads as, and with backspaces carried out.
  private static func rubbedOut(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for byte in bytes where byte != 0 {
      guard byte == 0x08 else {
        result.append(byte)
        continue
      }
      while let last = result.popLast(), last & 0xc0 == 0x80 {}
    }
    return result
  }
}
