import Glibc
import ProcessControl
import SystemPackage

/// What a task wrote about itself before it asked to start: NUL-terminated fields.
package struct LaunchRecord {
  package let command: String
  package let workingDirectory: String
  package let name: TaskName?
  package let description: String?
  package let timeoutMilliseconds: Int64?
  package let killAfterMilliseconds: Int64
  package let isQuiet: Bool
  /// The task, which waits at its FIFO.
  package let processID: Int32
  package let outputLimitBytes: Int64
  /// What `BGSH_KEEP` is in the launching shell, empty if nothing.
  package let keep: String

  /// Reads the record, or says what is wrong with it.
  package init(reading path: String) throws(LaunchFailure) {
    let bytes: [UInt8]
    do {
      let file = try FileDescriptor.opening(path, O_RDONLY)
      defer { try? file.close() }
      bytes = try file.readToEnd()
    } catch {
      throw LaunchFailure(reason: "its record cannot be read: \(error)")
    }
    let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard fields.count == 11, let processID = Int32(fields[7]) else {
      throw LaunchFailure(reason: "its record is incomplete; the disk may be full")
    }
    command = fields[0]
    workingDirectory = fields[1]
    name = fields[2].isEmpty ? nil : try? TaskName(fields[2])
    description = fields[3].isEmpty ? nil : fields[3]
    timeoutMilliseconds = try Self.milliseconds(fields[4])
    killAfterMilliseconds = try Self.milliseconds(fields[5]) ?? Limits.killAfterMilliseconds
    isQuiet = !fields[6].isEmpty
    self.processID = processID
    outputLimitBytes = try Self.bytes(fields[8]) ?? Limits.outputLimitBytes
    keep = fields[9]
  }

  private static func bytes(_ text: String) throws(LaunchFailure) -> Int64? {
    guard !text.isEmpty else { return nil }
    do {
      return try SizeText.bytes(text)
    } catch {
      throw LaunchFailure(reason: "\(error)")
    }
  }

  private static func milliseconds(_ text: String) throws(LaunchFailure) -> Int64? {
    guard !text.isEmpty else { return nil }
    do {
      return try DurationText.milliseconds(text)
    } catch {
      throw LaunchFailure(reason: "\(error)")
    }
  }
}

/// Why a task was not started.
package struct LaunchFailure: Error {
  package let reason: String
}
