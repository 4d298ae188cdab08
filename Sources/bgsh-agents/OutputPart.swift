import Agents
import Glibc
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// What stands in a file from an offset on, read now.
struct OutputPart {
  private let file: FileDescriptor
  private let path: String
  let start: Int64
  /// How far it goes.
  let end: Int64

  init(_ file: FileDescriptor, from start: Int64, path: String) {
    self.file = file
    self.path = path
    end = (try? file.seek(offset: 0, from: .end)) ?? 0
    // Who opens the file anew makes it empty.
    self.start = min(start, end)
  }

  /// As much of it as is shown.
  var bounded: BoundedOutput {
    guard end - start > Int64(2 * Self.sideBytes) else {
      return BoundedOutput(head: bytes(from: start, to: end), path: path)
    }
    return BoundedOutput(
      head: bytes(from: start, to: start + Int64(Self.sideBytes)),
      tail: bytes(from: end - Int64(Self.sideBytes), to: end),
      missingBytes: end - start - Int64(2 * Self.sideBytes), path: path)
  }

  /// The lines that match, of the last part that is looked at.
  func lines(matching pattern: LinePattern) -> BoundedOutput {
    let from = max(start, end - Self.searchedBytes)
    let found = bytes(from: from, to: end).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .filter { !$0.isEmpty && pattern.matches($0) }
    return BoundedOutput(head: Array(found.joined(separator: [UInt8(ascii: "\n")])), path: path)
  }

  /// A character takes four bytes at most.
  private static let sideBytes = 4 * Agents.Limits.outputCharacters / 2
  private static let searchedBytes: Int64 = 8 << 20

  private func bytes(from first: Int64, to last: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    var position = first
    while position < last {
      // What was given back to the disk reads as NULs, which nobody has written.
      guard let data = file.nextData(from: position), data < last else { break }
      position = data
      let wanted = min(Int(last - position), 1 << 16)
      var part = [UInt8](repeating: 0, count: wanted)
      let count = part.withUnsafeMutableBytes {
        (try? file.read(fromAbsoluteOffset: position, into: $0)) ?? 0
      }
      guard count > 0 else { break }
      bytes += part.prefix(count)
      position += Int64(count)
    }
    return bytes
  }
}
