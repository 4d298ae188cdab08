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
  /// The process that says so: the task, or the shell that has confirmed it.
  package let processID: Int32
  package let outputLimitBytes: Int64
  /// What `BGSH_KEEP` is in the launching shell, empty if nothing.
  package let keep: String
  /// Whether standard error goes to a file of its own.
  package let isSplit: Bool

  /// Reads what a session's shells have confirmed, as far as it can be read.
  package static func confirmed(in session: SessionDirectory) -> [TaskID: LaunchRecord] {
    guard let file = try? FileDescriptor.opening(session.launchedPath, O_RDONLY) else { return [:] }
    defer { try? file.close() }
    var fields = Self.fields((try? file.readToEnd()) ?? [])[...]
    var records: [TaskID: LaunchRecord] = [:]
    while let record = try? LaunchRecord(Array(fields.prefix(fieldCount))) {
      records[record.id] = record
      fields = fields.dropFirst(fieldCount)
    }
    return records
  }

  /// Reads the record, or says what is wrong with it.
  package init(_ bytes: [UInt8]) throws(LaunchFailure) {
    try self.init(Self.fields(bytes))
  }

  private static let fieldCount = 12

  private static func fields(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(decoding: $0, as: UTF8.self) }
  }

  private init(_ fields: [String]) throws(LaunchFailure) {
    guard fields.count == Self.fieldCount, let id = Int64(fields[0]), let processID = Int32(fields[1]) else {
      throw LaunchFailure(reason: "its record is incomplete")
    }
    do throws(LaunchFailure) {
      try self.init(TaskID(rawValue: id), processID, fields)
    } catch {
      throw LaunchFailure(id: TaskID(rawValue: id), reason: error.reason)
    }
  }

  private init(_ id: TaskID, _ processID: Int32, _ fields: [String]) throws(LaunchFailure) {
    self.id = id
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
  /// The task that it was to be, if that is known.
  package var id: TaskID?
  package let reason: String

  init(id: TaskID? = nil, reason: String) {
    self.id = id
    self.reason = reason
  }
}
