import Advice
import ProcessControl
package import StateFiles
import SystemPackage
import Tasks

/// Outputs that are no task's.
extension OutputExcerpt {
  /// As much of a file, a pipe or a device as a digest looks at.
  package static func reading(_ path: String) throws(OperationFailure) -> OutputExcerpt {
    if let excerpt = OutputExcerpt(path: path, headLimit: DigestLimits.headBytes, tailLimit: DigestLimits.tailBytes) {
      return excerpt
    }
    // No regular file: a pipe perhaps, or something that says why it cannot be read.
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
    } catch {
      throw .fileUnreadable(path, error as? Errno ?? .ioError)
    }
    defer { try? file.close() }
    do throws(Errno) { return try reading(file) } catch { throw .fileUnreadable(path, error) }
  }

  /// As much of standard input as a digest looks at.
  package static func readingStandardInput() throws(OperationFailure) -> OutputExcerpt {
    do throws(Errno) { return try reading(.standardInput) } catch { throw .inputUnreadable(error) }
  }

  /// Reads to the end, and keeps the beginning and the end.
  private static func reading(_ file: FileDescriptor) throws(Errno) -> OutputExcerpt {
    var head: [UInt8] = []
    var tail: [UInt8] = []
    var count: Int64 = 0
    do {
      var block = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let length = try block.withUnsafeMutableBytes { try file.read(into: $0) }
        guard length > 0 else { break }
        count += Int64(length)
        let room = min(length, DigestLimits.headBytes - head.count)
        head += block[..<room]
        tail += block[room..<length]
        if tail.count > 2 * DigestLimits.tailBytes { tail.removeFirst(tail.count - DigestLimits.tailBytes) }
      }
    } catch {
      throw error as? Errno ?? .ioError
    }
    if tail.count > DigestLimits.tailBytes { tail.removeFirst(tail.count - DigestLimits.tailBytes) }
    return OutputExcerpt(head: head, gap: Int64(head.count + tail.count) < count, tail: tail, outputBytes: count)
  }
}
