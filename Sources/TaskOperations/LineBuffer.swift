/// The lines of a stream that arrives in pieces.
struct LineBuffer {
  private var unfinished: [UInt8] = []

  /// Takes the next piece and gives the lines that it completes, with their line feeds.
  mutating func lines(from piece: [UInt8]) -> [ArraySlice<UInt8>] {
    unfinished += piece
    var lines: [ArraySlice<UInt8>] = []
    var start = unfinished.startIndex
    while let end = unfinished[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(unfinished[start...end])
      start = end + 1
    }
    if unfinished.count - start >= Self.longestLine {
      lines.append(unfinished[start...])
      start = unfinished.endIndex
    }
    unfinished = Array(unfinished[start...])
    return lines
  }

  /// Gives what stands after the last line feed.
  mutating func rest() -> ArraySlice<UInt8> {
    defer { unfinished = [] }
    return unfinished[...]
  }

  /// A longer line is given in parts, so that nothing without a line feed fills the memory.
  private static let longestLine = 1 << 20
}

extension ArraySlice<UInt8> {
  /// A line without its line feed.
  var withoutLineFeed: ArraySlice<UInt8> { last == UInt8(ascii: "\n") ? dropLast() : self }
}
