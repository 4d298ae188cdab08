/// Puts a mark before each line of a stream that arrives in pieces.
struct LinePrefixer {
  private let prefix: [UInt8]
  private var unfinished: [UInt8] = []

  init(_ prefix: String) {
    self.prefix = Array(prefix.utf8)
  }

  /// Takes the next piece and gives the whole lines that it completes.
  mutating func lines(from piece: some Collection<UInt8>) -> [UInt8] {
    unfinished += piece
    var start = unfinished.startIndex
    var result: [UInt8] = []
    while let end = unfinished[start...].firstIndex(of: UInt8(ascii: "\n")) {
      result += prefix
      result += unfinished[start...end]
      start = end + 1
    }
    unfinished.removeSubrange(..<start)
    if unfinished.count >= Self.longestLine { result += rest() }
    return result
  }

  /// What stands after the last line feed, as a line.
  mutating func rest() -> [UInt8] {
    guard !unfinished.isEmpty else { return [] }
    defer { unfinished = [] }
    return prefix + unfinished + [UInt8(ascii: "\n")]
  }

  /// A longer line is shown in parts, so that nothing without a line feed fills the memory.
  private static let longestLine = 1 << 20
}
