import Tasks

/// Puts a mark before each line of a stream that arrives in pieces, and leaves out the lines that do not match.
struct LinePrefixer {
  private let prefix: [UInt8]
  private let pattern: LinePattern?
  private var buffer = LineBuffer()

  init(_ prefix: String, matching pattern: LinePattern? = nil) {
    self.prefix = Array(prefix.utf8)
    self.pattern = pattern
  }

  /// Takes the next piece and gives the whole lines that it completes.
  mutating func lines(from piece: [UInt8]) -> [UInt8] {
    buffer.lines(from: piece).reduce(into: []) { $0 += shown($1) }
  }

  /// What stands after the last line feed, as a line.
  mutating func rest() -> [UInt8] {
    let line = buffer.rest()
    return line.isEmpty ? [] : shown(line)
  }

  /// A line of one's own, after what has come so far.
  mutating func remark(_ line: String) -> [UInt8] {
    rest() + prefix + Array("\(line)\n".utf8)
  }

  private func shown(_ line: ArraySlice<UInt8>) -> [UInt8] {
    let text = line.withoutLineFeed
    guard pattern?.matches(text) ?? true else { return [] }
    return prefix + text + [UInt8(ascii: "\n")]
  }
}
