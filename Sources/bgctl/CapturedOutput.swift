import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// The file with what a task has written, read while the task may still be writing.
struct CapturedOutput: ~Copyable {
  private let file: FileDescriptor
  let task: BackgroundTask

  /// Opens the output of a task.
  init(of task: BackgroundTask) throws(CommandFailure) {
    self.task = task
    do {
      file = try FileDescriptor.open(FilePath(task.output.path), .readOnly, options: [.closeOnExec])
    } catch Errno.noSuchFileOrDirectory {
      throw .outputMissing(task)
    } catch {
      throw .outputUnreadable(task, error as? Errno ?? .ioError)
    }
  }

  deinit {
    try? file.close()
  }

  /// How many bytes there are now.
  var size: Int64 {
    (try? file.seek(offset: 0, from: .end)) ?? 0
  }

  /// Reads up to a block at an offset; empty at the end of what there is.
  func read(at offset: Int64, upTo limit: Int = Self.blockSize) throws(CommandFailure) -> [UInt8] {
    do {
      return try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        count = try file.read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
      }
    } catch {
      throw .outputUnreadable(task, error as? Errno ?? .ioError)
    }
  }

  /// Where the last `count` lines begin. A last line without its line feed is a line.
  func startOfLastLines(_ count: Int) throws(CommandFailure) -> Int64 {
    let end = size
    guard count > 0 else { return end }
    var position = end
    var newlines = 0
    while position > 0 {
      let length = min(Int64(Self.blockSize), position)
      position -= length
      let block = try read(at: position, upTo: Int(length))
      for index in block.indices.reversed() where block[index] == UInt8(ascii: "\n") {
        let offset = position + Int64(index)
        // The line feed at the very end ends the last line, it does not begin another.
        if offset == end - 1 { continue }
        newlines += 1
        if newlines == count { return offset + 1 }
      }
    }
    return 0
  }

  private static let blockSize = 1 << 16
}
