/// A command as notices and lists show it: one line, safe for a terminal, not too long.
package enum CommandText {
  /// The first line that says something, with ` …` if there are more; what is wider than the limit loses its middle.
  package static func line(
    _ command: String, columnLimit: Int = Limits.commandColumns, ellipsis: String = MiddleCut.ellipsis
  ) -> String {
    let lines = command.utf8.split(separator: UInt8(ascii: "\n")).filter { !isBlank($0) }
    guard let first = lines.first else { return "" }
    // A tab is a blank here: there is nothing to align.
    let bytes = trimmed(first).map { $0 == 0x09 ? 0x20 : $0 }
    let more = lines.count > 1 ? " " + ellipsis : ""
    return MiddleCut.line(bytes, columns: max(1, columnLimit - DisplayWidth.of(more)), ellipsis: ellipsis) + more
  }

  private static func isBlank(_ line: Substring.UTF8View) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
  }

  private static func trimmed(_ line: Substring.UTF8View) -> Substring.UTF8View {
    var line = line.drop { $0 == 0x20 || $0 == 0x09 }
    while let last = line.last, last == 0x20 || last == 0x09 || last == 0x0d { line.removeLast() }
    return line
  }
}
