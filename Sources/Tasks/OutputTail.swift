import CProcess
import Glibc
import ProcessControl
import SystemPackage

/// The end of an output file, as far back as one cares to read.
package struct OutputTail: Hashable, Sendable {
  package let bytes: [UInt8]
  /// The size of the whole file.
  package let fileBytes: Int64

  /// Whether it is the whole file.
  package var isWhole: Bool { Int64(bytes.count) == fileBytes }

  /// Reads at most the last `limit` bytes; nil if there is no such regular file.
  package init?(path: String, limit: Int) {
    guard let file = try? OutputFile.open(path) else { return nil }
    defer { try? file.close() }
    var information = stat()
    guard resultOrNil({ fstat(file.rawValue, &information) }) != nil else { return nil }
    var start = max(0, Int64(information.st_size) - Int64(limit))
    // What was dropped in the middle reads as NULs.
    while let hole = file.nextHole(from: start), hole < Int64(information.st_size) {
      start = min(file.nextData(from: hole) ?? Int64(information.st_size), Int64(information.st_size))
    }
    var buffer = [UInt8](repeating: 0, count: Int(Int64(information.st_size) - start))
    var count = 0
    while count < buffer.count {
      let some = buffer.withUnsafeMutableBytes {
        try? file.read(
          fromAbsoluteOffset: start + Int64(count), into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
      }
      // The file may have become shorter in between.
      guard let some, some > 0 else { break }
      count += some
    }
    buffer.removeSubrange(count...)
    bytes = buffer
    fileBytes = start + Int64(count)
  }
}
