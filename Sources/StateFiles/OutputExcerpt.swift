import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// The beginning and the end of an output, as much of it as one cares to read, in whole lines.
package struct OutputExcerpt: Hashable, Sendable {
  /// What was read. Where something is left out, neither the line before nor the line behind is cut.
  package let bytes: [UInt8]
  /// The size of the whole output.
  package let outputBytes: Int64
  /// Whether nothing is left out.
  package let isWhole: Bool

  /// - Parameter gap: Whether something is left out between the head and the tail.
  package init(head: [UInt8], gap: Bool, tail: [UInt8], outputBytes: Int64) {
    self.outputBytes = outputBytes
    isWhole = !gap
    guard gap else {
      bytes = head.isEmpty ? tail : head + tail
      return
    }
    let lineFeed = UInt8(ascii: "\n")
    let headEnd = head.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
    // Where one line is longer than all that was read, its end is kept.
    let tailStart = tail.dropLast().firstIndex(of: lineFeed).map { $0 + 1 } ?? 0
    bytes = Array(head[..<headEnd]) + tail[tailStart...]
  }

  /// Several outputs as if they had been written one after the other, a blank line between them.
  package init(joining excerpts: [OutputExcerpt]) {
    bytes = excerpts.reduce(into: []) { bytes, next in
      if let last = bytes.last { bytes += last == UInt8(ascii: "\n") ? [last] : Array("\n\n".utf8) }
      bytes += next.bytes
    }
    outputBytes = excerpts.reduce(0) { $0 + $1.outputBytes }
    isWhole = excerpts.allSatisfy(\.isWhole)
  }

  /// Reads at most the first `headLimit` and the last `tailLimit` bytes; nil if there is no such regular file.
  package init?(path: String, headLimit: Int = 0, tailLimit: Int) {
    guard let file = try? OutputFile.open(path) else { return nil }
    defer { try? file.close() }
    var information = stat()
    guard resultOrNil({ fstat(file.rawValue, &information) }) != nil else { return nil }
    let size = Int64(information.st_size)
    var start = max(0, size - Int64(tailLimit))
    // What was dropped in the middle reads as NULs.
    while let hole = file.nextHole(from: start), hole < size { start = min(file.nextData(from: hole) ?? size, size) }
    let headEnd = min(Int64(headLimit), start, file.nextHole(from: 0) ?? start)
    let head = file.bytes(from: 0, to: headEnd)
    let tail = file.bytes(from: start, to: size)
    self.init(
      head: head, gap: Int64(head.count) < start, tail: tail, outputBytes: start + Int64(tail.count))
  }
}

extension FileDescriptor {
  /// What stands there; less if the file has become shorter, or cannot be read.
  fileprivate func bytes(from start: Int64, to end: Int64) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: Int(max(0, end - start)))
    var count = 0
    while count < buffer.count {
      let some = buffer.withUnsafeMutableBytes {
        try? read(fromAbsoluteOffset: start + Int64(count), into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
      }
      guard let some, some > 0 else { break }
      count += some
    }
    buffer.removeSubrange(count...)
    return buffer
  }
}
