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
    let paths = task.output.files.compactMap { task.output.path(of: $0) }
    let tails = paths.compactMap { OutputTail(path: $0, limit: tailBytes) }
    let raw = tails.map { rawLines(of: $0) }
    let shown = raw.map { lastLines(of: $0) }
    let count = shown.reduce(0) { $0 + $1.count }
    let isWhole = tails.allSatisfy(\.isWhole)
    if count == 0 || count <= lineLimit && isWhole { return shown.flatMap { $0 } }
    let rest =
      isWhole
      ? "\(raw.reduce(0) { $0 + $1.count }) lines" : ByteCountText.text(tails.reduce(0) { $0 + $1.fileBytes })
    return shares(of: shown, room: lineLimit - 1) + ["… \(rest): output \(task.id)"]
  }

  /// The last lines of each file, of which each may take as many, and what the others leave.
  private static func shares(of files: [[String]], room: Int) -> [String] {
    var lines: [String] = []
    for index in files.indices.reversed() {
      let left = room - lines.count
      let others = files[..<index].reduce(0) { $0 + $1.count }
      lines = files[index].suffix(max(left / (index + 1), left - others)) + lines
    }
    return lines
  }

  /// One line more than are shown, if there are as many.
  private static func lastLines(of raw: [ArraySlice<UInt8>]) -> [String] {
    var lines: [String] = []
    for line in raw.reversed() {
      let text = displayed(line)
      if !text.isEmpty { lines.append(text) }
      if lines.count > lineLimit { break }
    }
    return lines.reversed()
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
