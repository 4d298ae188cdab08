/// Lines that arrive in pieces. One that is too long is passed over, and told of, without being kept.
package struct RequestLines: Sendable {
  package enum Line: Hashable, Sendable {
    case whole([UInt8])
    case tooLong
  }

  private var pending: [UInt8] = []
  private var isTooLong = false
  private let limit: Int

  package init(limit: Int = Limits.longestRequestBytes) {
    self.limit = limit
  }

  /// Takes a piece, and gives the lines that end in it.
  package mutating func take(_ piece: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var rest = piece[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      keep(rest[..<end])
      lines += self.rest()
      rest = rest[(end + 1)...]
    }
    keep(rest)
    return lines
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    guard !isTooLong, pending.count + bytes.count > limit else {
      if !isTooLong { pending += bytes }
      return
    }
    isTooLong = true
    pending = []
  }

  /// What has come of the last line, as a line: nothing if it is empty.
  package mutating func rest() -> [Line] {
    defer { (pending, isTooLong) = ([], false) }
    if isTooLong { return [.tooLong] }
    return pending.isEmpty ? [] : [.whole(pending)]
  }
}
