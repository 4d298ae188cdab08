import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// Looks in a file that grows for the first line that matches, from where it has looked before.
///
/// Each look takes no longer than it may. What is left is looked at next, unless it has been given back to the disk by
/// then.
final class OutputSearch {
  private let pattern: NotifyPattern
  private let path: String
  /// The first byte that has not been looked at: that of a line, or in one that is passed over.
  private var position: Int64 = 0
  /// Whether the line at the position is too long, and its first part has been looked at.
  private var isInLongLine = false
  /// How much there is of the last line, which has no end, and since when.
  private var unfinished: (bytes: Int, since: MonotonicInstant)?
  /// Whether that is to be looked at, if nothing follows.
  private(set) var awaitsEnd = false
  /// Whether there is more to look at.
  private(set) var isBehind = false

  private static let chunkBytes = 1 << 16

  init(for pattern: NotifyPattern, in path: String) {
    self.pattern = pattern
    self.path = path
  }

  /// Looks at what is new.
  ///
  /// - Parameter patience: After how many milliseconds without more the last line counts, though it has no end.
  /// - Returns: The first line that matches, as text.
  func look(until end: MonotonicInstant, patience: Int64) -> String? {
    isBehind = false
    guard let file = try? OutputFile.open(path) else { return nil }
    defer { try? file.close() }
    let size = (try? file.seek(offset: 0, from: .end)) ?? 0
    // Whoever opens the file anew makes it empty.
    if size < position { (position, isInLongLine, unfinished) = (0, false, nil) }
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    while position < size, let data = file.nextData(from: position), data < size {
      // What was given back ends a line.
      if data > position { (isInLongLine, unfinished) = (false, nil) }
      position = data
      let count = chunk.withUnsafeMutableBytes { (try? file.read(fromAbsoluteOffset: data, into: $0)) ?? 0 }
      guard count > 0 else { return nil }
      let before = position
      if let line = look(at: chunk[..<count], until: end, patience: data + Int64(count) < size ? nil : patience) {
        return String(line.prefix(Limits.matchedLineCharacters))
      }
      if position == before { return nil }
      if end <= .now {
        isBehind = position < size
        return nil
      }
    }
    return nil
  }

  /// Looks at bytes from the position on, and moves it behind what needs no other look.
  private func look(at bytes: ArraySlice<UInt8>, until end: MonotonicInstant, patience: Int64?) -> String? {
    var rest = bytes
    if isInLongLine { rest = skipLine(rest) }
    var count = 0
    while let lastEnd = rest.lastIndex(of: UInt8(ascii: "\n")) {
      guard let start = pattern.nextCandidate(in: rest[...lastEnd]),
        let lineEnd = rest[start...].firstIndex(of: UInt8(ascii: "\n"))
      else {
        move(past: rest[...lastEnd])
        rest = rest[(lastEnd + 1)...]
        break
      }
      if let text = text(ofMatch: rest[start..<lineEnd]) { return text }
      move(past: rest[...lineEnd])
      rest = rest[(lineEnd + 1)...]
      count += 1
      if count.isMultiple(of: 16), end <= .now { return nil }
    }
    guard !rest.isEmpty else { return nil }
    if rest.count >= Tasks.Limits.notifyLineBytes {
      if let text = text(ofMatch: rest) { return text }
      move(past: rest)
      isInLongLine = true
    } else if let patience {
      return look(atUnfinished: rest, patience: patience)
    }
    return nil
  }

  /// Looks at the last line once, when no more has come for some time: a question has no end.
  private func look(atUnfinished line: ArraySlice<UInt8>, patience: Int64) -> String? {
    let now = MonotonicInstant.now
    if unfinished?.bytes != line.count {
      unfinished = (line.count, now)
      awaitsEnd = true
    }
    guard awaitsEnd, let unfinished, unfinished.since.milliseconds(until: now) >= patience else { return nil }
    awaitsEnd = false
    return text(ofMatch: line)
  }

  /// Passes over a line to its end, if that is there.
  private func skipLine(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
      move(past: bytes)
      return []
    }
    move(past: bytes[...end])
    isInLongLine = false
    return bytes[(end + 1)...]
  }

  private func move(past bytes: ArraySlice<UInt8>) {
    position += Int64(bytes.count)
    unfinished = nil
    awaitsEnd = false
  }

  private func text(ofMatch line: ArraySlice<UInt8>) -> String? {
    guard pattern.nextCandidate(in: line) != nil, pattern.matches(line) else { return nil }
    let ending = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    return String(decoding: ending.prefix(4 * Tasks.Limits.matchedLineCharacters), as: UTF8.self)
  }
}
