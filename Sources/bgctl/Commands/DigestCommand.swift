import Advice
import ArgumentParser
import ProcessControl
import StateFiles
import SystemPackage

/// Prints what matters in an output, whoever has written it.
struct DigestCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest", abstract: "Print what matters in an output.",
    discussion: "At most 5 of its lines. Without a file: of standard input.")

  @Option(help: "What was run; it tells which test runner or compiler to look for.")
  var command: String?

  @Option(help: ArgumentHelp("How it ended; of 0, the last lines are shown.", valueName: "status"))
  var status: Int32 = 1

  @Option(help: ArgumentHelp("The output of a run that went well: what is new goes first.", valueName: "file"))
  var lastGood: String?

  @Argument(help: "The output.")
  var file: String?

  func perform() throws -> Int32 {
    let good = try lastGood.map(Self.excerpt)
    let output = try file.map(Self.excerpt) ?? Self.excerpt(of: .standardInput, named: nil)
    try Console.print(Digest(of: output, command: command, ending: ProgramEnding(status: status), lastGood: good).lines)
    return ExitStatus.done
  }

  private static func excerpt(of path: String) throws(CommandFailure) -> OutputExcerpt {
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
    return try excerpt(of: file, named: path)
  }

  /// Reads to the end, and keeps the beginning and the end.
  private static func excerpt(of file: FileDescriptor, named path: String?) throws(CommandFailure) -> OutputExcerpt {
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
      let failure = error as? Errno ?? .ioError
      throw path.map { .fileUnreadable($0, failure) } ?? .inputUnreadable(failure)
    }
    if tail.count > DigestLimits.tailBytes { tail.removeFirst(tail.count - DigestLimits.tailBytes) }
    return OutputExcerpt(head: head, gap: Int64(head.count + tail.count) < count, tail: tail, outputBytes: count)
  }
}
