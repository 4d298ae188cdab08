package import StateFiles
package import Tasks

/// What a task writes to a file, from some point on, in pieces as it comes.
package final class OutputFollower {
  private let output: CapturedOutput
  /// Where what has not been copied yet begins.
  package private(set) var offset: Int64
  private var prefixer: LinePrefixer?
  private let mark: SeenMark?
  /// How many bytes stood before the first one, nil if that has been said.
  private var overwritten: Int64? = 0
  /// Whether a line for something that is missing needs no line feed before it.
  private var isAtLineStart = true

  /// - Parameters:
  ///   - offset: Where to begin.
  ///   - prefix: Stands before each line; without it and a pattern, it is copied byte for byte.
  ///   - pattern: What lines are to match.
  ///   - mark: Moves along with what has been copied.
  package init(
    _ output: consuming CapturedOutput, from offset: Int64, prefix: String? = nil, matching pattern: LinePattern? = nil,
    mark: SeenMark? = nil
  ) {
    if offset == 0 { overwritten = output.overwrittenBytes }
    self.output = output
    self.offset = offset
    self.mark = mark
    if prefix != nil || pattern != nil { prefixer = LinePrefixer(prefix ?? "", matching: pattern) }
  }

  /// Gives what has been written since the last time, or a good part of it: a task may write faster than a terminal
  /// shows, and the caller has other things to heed.
  ///
  /// - Parameter write: Takes a piece. What it throws ends the copying.
  /// - Returns: Whether there may be more.
  @discardableResult
  package func copyNew(to write: ([UInt8]) throws -> Void) throws -> Bool {
    // `> /dev/stdout` in a task truncates the file that both write to: what is there then is all new.
    if output.size < offset {
      offset = 0
      try remark("… the task has overwritten its output …", to: write)
    } else if let overwritten, overwritten > 0 {
      try remark("… \(overwritten) bytes missing, overwritten by the task itself …", to: write)
    }
    overwritten = nil
    let start = offset
    // Also when the reader has gone: what it took, it took. That it cannot be remembered is no reason not to show it.
    defer { if offset != start { try? mark?.move(to: offset) } }
    for _ in 0..<Self.blocksAtOnce {
      switch try output.piece(at: offset) {
      case .end: return false
      case .bytes(let block):
        try write(prefixer == nil ? block : prefixer?.lines(from: block) ?? [])
        isAtLineStart = block.last == UInt8(ascii: "\n")
        offset += Int64(block.count)
      case .missing(let count):
        try remark("… \(count) bytes missing …", to: write)
        offset += count
      }
    }
    return true
  }

  /// Says, on a line of its own, what is not there.
  private func remark(_ text: String, to write: ([UInt8]) throws -> Void) throws {
    try write(prefixer?.remark(text) ?? Array("\(isAtLineStart ? "" : "\n")\(text)\n".utf8))
    isAtLineStart = true
  }

  /// Gives what is left of a task that has ended, an unfinished line included.
  package func finish(to write: ([UInt8]) throws -> Void) throws {
    while try copyNew(to: write) {}
    try write(prefixer?.rest() ?? [])
  }

  private static let blocksAtOnce = 4
}
