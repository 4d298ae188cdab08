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

  private static let fieldCount = 11

  private static func fields(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(decoding: $0, as: UTF8.self) }
  }

  private init(_ fields: [String]) throws(LaunchFailure) {
    guard fields.count == Self.fieldCount, let id = Int64(fields[0]) else {
      throw LaunchFailure(reason: "its record is incomplete")
    }
    do throws(LaunchFailure) {
      try self.init(TaskID(rawValue: id), fields)
    } catch {
      throw LaunchFailure(id: TaskID(rawValue: id), reason: error.reason)
    }
  }

  private init(_ id: TaskID, _ fields: [String]) throws(LaunchFailure) {
    self.id = id
    command = fields[1]
    workingDirectory = fields[2]
    name = try Self.value(of: fields[3]) { (text) throws(TaskNameError) in try TaskName(text) }
    description = fields[4].isEmpty ? nil : fields[4]
    timeoutMilliseconds = try Self.value(of: fields[5], by: DurationText.milliseconds)
    killAfterMilliseconds = try Self.value(of: fields[6], by: DurationText.milliseconds) ?? Limits.killAfterMilliseconds
    isQuiet = !fields[7].isEmpty
    outputLimitBytes = try Self.value(of: fields[8], by: SizeText.bytes) ?? Limits.outputLimitBytes
    keep = fields[9]
    isSplit = !fields[10].isEmpty
  }

  /// What a text means; nil if there is none.
  private static func value<Value, Failure: Error>(
    of text: String, by read: (String) throws(Failure) -> Value
  ) throws(LaunchFailure) -> Value? {
    guard !text.isEmpty else { return nil }
    do throws(Failure) {
      return try read(text)
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
