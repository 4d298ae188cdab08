import Glibc
import ProcessControl
import StateFiles
import SystemPackage
package import Tasks

/// A file with what a task has written, read while the task may still be writing.
package struct CapturedOutput: ~Copyable {
  private let file: FileDescriptor
  package let task: BackgroundTask
  private let kind: OutputFile

  /// Opens the output of a task, or one of its files.
  package init(of task: BackgroundTask, _ kind: OutputFile = .output) throws(OperationFailure) {
    self.task = task
    self.kind = kind
    guard let path = task.output.path(of: kind) else { throw .noErrorFile(task) }
    do throws(Errno) {
      file = try OutputFile.open(path)
    } catch .noSuchFileOrDirectory {
      throw task.output.isRemoved ? .outputDropped(task) : .outputMissing(task, kind)
    } catch .invalidArgument, .tooManySymbolicLinkLevels, .noSuchAddressOrDevice {
      throw .outputForeign(task, kind)
    } catch {
      throw .outputUnreadable(task, kind, error)
    }
  }

  deinit {
    try? file.close()
  }

  /// How many bytes there are now.
  package var size: Int64 {
    (try? file.seek(offset: 0, from: .end)) ?? 0
  }

  /// How many bytes of it were dropped.
  package var missingBytes: Int64 { gap(size: size).map { file.holeBytes(in: $0) } ?? 0 }

  /// How many bytes stood before what is there now, as far as that was seen: the task has overwritten them.
  package var overwrittenBytes: Int64 { task.output.overwrittenBytes[kind] ?? 0 }

  /// Where bytes can have been dropped. A hole that is elsewhere is the task's own: zeros.
  private func gap(size: Int64) -> Range<Int64>? {
    // Of two files, each keeps half of the limit at least.
    let keptBytes = task.outputLimitBytes / Int64(task.output.files.count)
    return OutputGap.range(size: size, keptBytes: keptBytes, blockBytes: file.blockBytes)
  }

  /// What stands at some offset.
  enum Piece {
    case bytes([UInt8])
    /// As many bytes are missing: they were given back to the disk.
    case missing(Int64)
    case end
  }

  /// What comes next at an offset: up to a block of bytes, or what is missing there.
  ///
  /// The middle may be given back while it is read. What is a hole after it was read was read as NULs, perhaps.
  func piece(at offset: Int64) throws(OperationFailure) -> Piece {
    var limit = Int64(Self.blockSize)
    let end = size
    if let gap = gap(size: end) {
      if gap.contains(offset) {
        guard let data = file.nextData(from: offset) else { return .missing(end - offset) }
        if data > offset { return .missing(min(data, gap.upperBound) - offset) }
      } else if offset < gap.lowerBound {
        limit = min(limit, gap.lowerBound - offset)
      }
    }
    let bytes = try read(at: offset, upTo: Int(limit))
    guard !bytes.isEmpty else { return .end }
    let last = offset + Int64(bytes.count)
    guard let gap = gap(size: size), gap.upperBound > offset, gap.lowerBound < last,
      let hole = file.nextHole(from: max(offset, gap.lowerBound)), hole < min(last, gap.upperBound)
    else { return .bytes(bytes) }
    return hole > offset ? .bytes(Array(bytes.prefix(Int(hole - offset)))) : try piece(at: offset)
  }

  /// Reads up to a block at an offset; empty at the end of what there is.
  private func read(at offset: Int64, upTo limit: Int = Self.blockSize) throws(OperationFailure) -> [UInt8] {
    do {
      return try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        count = try file.read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
      }
    } catch {
      throw .outputUnreadable(task, kind, error as? Errno ?? .ioError)
    }
  }

  /// Where the last `count` lines begin. A last line without its line feed is a line.
  func startOfLastLines(_ count: Int) throws(OperationFailure) -> Int64 {
    let end = size
    guard count > 0 else { return end }
    var newlines = 0
    for part in parts(upTo: end).reversed() {
      var position = part.upperBound
      while position > part.lowerBound {
        let length = min(Int64(Self.blockSize), position - part.lowerBound)
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
      // What follows a gap is the rest of a line, and counts as one.
      newlines += 1
      if newlines == count { return part.lowerBound }
    }
    return 0
  }

  /// Where the last line begins, if it has no line feed yet; nil also of one that is too long for a question.
  func startOfUnfinishedLine() throws(OperationFailure) -> Int64? {
    let end = size
    let start = max(0, end - Self.questionBytes)
    let bytes = try read(at: start, upTo: Int(end - start))
    guard let last = bytes.last, last != UInt8(ascii: "\n") else { return nil }
    if let index = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + Int64(index) + 1 }
    return start == 0 ? 0 : nil
  }

  private static let questionBytes: Int64 = 1 << 12

  /// Where the last `count` lines begin that match, of those from an offset on.
  func startOfLastLines(_ count: Int, matching pattern: LinePattern, from start: Int64) throws(OperationFailure)
    -> Int64
  {
    guard count > 0 else { return size }
    var buffer = LineBuffer()
    var (offset, lineStart) = (start, start)
    // The places of the last that match; once there are enough, the next one takes that of the oldest.
    var (starts, matches): ([Int64], Int) = ([], 0)
    func note(_ line: ArraySlice<UInt8>) {
      defer { lineStart += Int64(line.count) }
      guard !line.isEmpty, pattern.matches(line.withoutLineFeed) else { return }
      if starts.count < count { starts.append(lineStart) } else { starts[matches % count] = lineStart }
      matches += 1
    }
    reading: while true {
      switch try piece(at: offset) {
      case .bytes(let block):
        buffer.lines(from: block).forEach(note)
        offset += Int64(block.count)
      case .missing(let bytes):
        note(buffer.rest())
        offset += bytes
        lineStart = offset
      case .end: break reading
      }
    }
    // It may still be written, and match then.
    let unfinished = lineStart
    note(buffer.rest())
    return starts.isEmpty ? unfinished : starts[matches > count ? matches % count : 0]
  }

  /// The parts of the file that are there, in order.
  private func parts(upTo end: Int64) -> [Range<Int64>] {
    guard let gap = gap(size: end), let hole = file.nextHole(from: gap.lowerBound), hole < gap.upperBound else {
      return end > 0 ? [0..<end] : []
    }
    let data = min(file.nextData(from: hole) ?? end, gap.upperBound, end)
    return [0..<hole, data..<end].filter { !$0.isEmpty }
  }

  private static let blockSize = 1 << 16
}
