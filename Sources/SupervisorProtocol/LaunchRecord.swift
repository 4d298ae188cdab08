import CProtocol
import Glibc
import ProcessControl
package import StateFiles
package import SystemPackage
package import Tasks

/// What a task says of itself when it asks to start: NUL-terminated fields.
package struct LaunchRecord {
  package let id: TaskID
  package let command: RawText
  package let workingDirectory: RawText
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

  /// Reads what a session's shells have confirmed.
  ///
  /// Each record stands behind more NULs than there are in one. What a full disk has cut off concerns that record only,
  /// and of a record with its number the rest may be missing.
  ///
  /// - Throws: Why the list cannot be read now. What it holds is not known then; a list that is not there is empty.
  package static func confirmed(in session: SessionDirectory) throws(Errno) -> [TaskID: LaunchRecord] {
    let file: FileDescriptor
    do throws(Errno) {
      file = try FileDescriptor.opening(session.launchedPath, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    } catch .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels {
      return [:]
    }
    defer { try? file.close() }
    guard file.isRegularFile else { return [:] }
    var records: [TaskID: LaunchRecord] = [:]
    for part in try parts(of: file) {
      var fields = part.split(separator: 0, omittingEmptySubsequences: false)
      // A record that is whole ends with a NUL.
      if fields.count % fieldCount == 1, fields.last?.isEmpty == true { fields.removeLast() }
      // Without a NUL behind it the number itself was cut off.
      guard fields.count > 1 else { continue }
      for start in stride(from: 0, to: fields.count, by: fieldCount) {
        var own = Array(fields[start..<min(start + fieldCount, fields.count)])
        own += Array(repeating: [], count: fieldCount - own.count)
        guard let record = try? LaunchRecord(own) else { continue }
        records[record.id] = record
      }
    }
    return records
  }

  /// What stands between long runs of NULs. What the supervisor needed no more is a hole, which reads as NULs.
  private static func parts(of file: FileDescriptor) throws(Errno) -> [ArraySlice<UInt8>] {
    // Most of a long list may be a hole.
    guard let data = file.nextData(from: 0) else { return [] }
    try systemCall { lseek(file.rawValue, off_t(data), SEEK_SET) }
    let bytes = try file.readToEnd()
    var parts: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    var index = start
    while index < bytes.endIndex {
      guard bytes[index] == 0 else {
        index += 1
        continue
      }
      let zeros = bytes[index...].prefix { $0 == 0 }
      // The last of them belong to the record before: its own last field may be empty.
      if zeros.count >= separatorLength {
        parts.append(bytes[start..<(zeros.endIndex - separatorLength)])
        start = zeros.endIndex
      }
      index = zeros.endIndex
    }
    return (parts + [bytes[start...]]).filter { !$0.isEmpty }
  }

  /// How many NULs stand before a record.
  private static let separatorLength = bgsh_record_separator_length

  /// Reads the record, or says what is wrong with it.
  package init(_ bytes: [UInt8]) throws(LaunchFailure) {
    try self.init(Self.fields(bytes))
  }

  private static let fieldCount = 11

  private static func fields(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
  }

  private init(_ fields: [ArraySlice<UInt8>]) throws(LaunchFailure) {
    let texts = fields.map { String(decoding: $0, as: UTF8.self) }
    guard fields.count == Self.fieldCount, let id = Int64(texts[0]), id > 0 else {
      throw LaunchFailure(reason: "its record is incomplete")
    }
    do throws(LaunchFailure) {
      try self.init(TaskID(rawValue: id), command: RawText(fields[1]), directory: RawText(fields[2]), texts)
    } catch {
      throw LaunchFailure(id: TaskID(rawValue: id), reason: error.reason)
    }
  }

  private init(_ id: TaskID, command: RawText, directory: RawText, _ fields: [String]) throws(LaunchFailure) {
    self.id = id
    self.command = command
    workingDirectory = directory
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
