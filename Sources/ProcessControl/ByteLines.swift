/// The lines of a stream that arrives in pieces, which may end anywhere: within a character, too.
package struct ByteLines: Sendable {
  private var bytes: [UInt8] = []
  /// Where the next line begins.
  private var start = 0
  /// Up to where there is no line feed.
  private var searched = 0
  private var isOverlong = false

  package init() {}

  package mutating func append(_ piece: [UInt8]) {
    bytes.removeFirst(start)
    searched -= start
    start = 0
    bytes += piece
  }

  /// The next whole line, without its line feed.
  package mutating func next() -> String? {
    while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = bytes[start..<end]
      (start, searched) = (end + 1, end + 1)
      guard !isOverlong else {
        isOverlong = false
        continue
      }
      return String(decoding: line, as: UTF8.self)
    }
    searched = bytes.count
    if searched - start > Self.longestLineBytes {
      start = searched
      isOverlong = true
    }
    return nil
  }

  /// Nobody sends a longer line, and nobody is to fill the memory: it is left out.
  private static let longestLineBytes = 1 << 20
}
