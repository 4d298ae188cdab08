import Glibc
import ProcessControl
import SystemPackage

/// What a task says of itself when it asks to start: NUL-terminated fields.
package struct LaunchRecord {
  package let id: TaskID
  package let command: String
  package let workingDirectory: String
  package let name: TaskName?
  package let description: String?
  package let timeoutMilliseconds: Int64?
  package let killAfterMilliseconds: Int64
  package let isQuiet: Bool
  /// The task, which waits for its answer.
  package let processID: Int32
  package let outputLimitBytes: Int64
  /// What `BGSH_KEEP` is in the launching shell, empty if nothing.
  package let keep: String
  /// Whether standard error goes to a file of its own.
  package let isSplit: Bool

  /// Reads the record that a task has left in a file.
  package init(reading path: String) throws(LaunchFailure) {
    let bytes: [UInt8]
    do {
      let file = try FileDescriptor.opening(path, O_RDONLY)
      defer { try? file.close() }
      bytes = try file.readToEnd()
    } catch {
      throw LaunchFailure(reason: "its record cannot be read: \(error)")
    }
    try self.init(bytes)
  }

  /// Reads the record, or says what is wrong with it.
  package init(_ bytes: [UInt8]) throws(LaunchFailure) {
    let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard fields.count == 13, let id = Int64(fields[0]), let processID = Int32(fields[1]) else {
      throw LaunchFailure(reason: "its record is incomplete")
    }
    self.id = TaskID(rawValue: id)
    self.processID = processID
    command = fields[2]
    workingDirectory = fields[3]
    name = fields[4].isEmpty ? nil : try? TaskName(fields[4])
    description = fields[5].isEmpty ? nil : fields[5]
    timeoutMilliseconds = try Self.milliseconds(fields[6])
    killAfterMilliseconds = try Self.milliseconds(fields[7]) ?? Limits.killAfterMilliseconds
    isQuiet = !fields[8].isEmpty
    outputLimitBytes = try Self.bytes(fields[9]) ?? Limits.outputLimitBytes
    keep = fields[10]
    isSplit = !fields[11].isEmpty
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
