import CProtocol
import Glibc
import ProcessControl
package import StateFiles
package import SystemPackage
package import Tasks

/// What a task says of itself when it asks to start: NUL-terminated fields in one frame (launches.h).
package struct LaunchRecord {
  /// The version of what tasks and supervisors say to each other.
  package static let version = UInt16(bgsh_launch_version)
  /// The kind of its frame.
  package static let kind = UInt16(LaunchFrameKind.record.rawValue)

  package let id: TaskID
  package let command: RawText
  package let workingDirectory: RawText
  /// What its flags ask for, and the settings of the launching shell where they do not say.
  package let options: TaskOptions
  /// What `BGSH_KEEP` is in the launching shell, empty if nothing.
  package let keep: String

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
      // Without a NUL behind it the number itself was cut off.
      guard fields.count > 1 else { continue }
      // A record that is whole ends with a NUL.
      if fields.last?.isEmpty == true { fields.removeLast() }
      let fixed = Array(fields.prefix(fieldCount)) + Array(repeating: [], count: max(0, fieldCount - fields.count))
      let starts = stride(from: fieldCount, to: fields.count - 1, by: 2).prefix { !fields[$0].isEmpty }
      let flags = starts.flatMap { fields[$0...($0 + 1)] }
      guard let record = (try? LaunchRecord(fixed + flags)) ?? (try? LaunchRecord(fixed)) else { continue }
      records[record.id] = record
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
    try self.init(bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast())
  }

  private static let fieldCount = bgsh_record_field_count

  private init(_ fields: [ArraySlice<UInt8>]) throws(LaunchFailure) {
    guard fields.count >= Self.fieldCount, (fields.count - Self.fieldCount).isMultiple(of: 2),
      let id = Int64(String(decoding: fields[bgsh_record_id], as: UTF8.self)), id > 0
    else { throw LaunchFailure(reason: "its record is incomplete") }
    self.id = TaskID(rawValue: id)
    command = RawText(fields[bgsh_record_command])
    workingDirectory = RawText(fields[bgsh_record_directory])
    let texts = fields.map { String(decoding: $0, as: UTF8.self) }
    keep = texts[bgsh_record_keep]
    do throws(TaskOptionsError) {
      options = try Self.options(texts[Self.fieldCount...], limit: texts[bgsh_record_output_limit])
    } catch {
      throw LaunchFailure(id: self.id, reason: error.description)
    }
  }

  /// - Parameters:
  ///   - flags: The name of each flag, and its value.
  ///   - limit: How much of the output is kept where no flag says it; empty for what is usual.
  private static func options(_ flags: ArraySlice<String>, limit: String) throws(TaskOptionsError) -> TaskOptions {
    var options = TaskOptions()
    for index in stride(from: flags.startIndex, to: flags.endIndex, by: 2) {
      guard let flag = TaskFlag(named: flags[index]) else { throw .unknownFlag("--\(flags[index])") }
      try options.set(flag, to: flags[index + 1])
    }
    if options.outputLimitBytes == nil, !limit.isEmpty { try options.set(.limit, to: limit) }
    return options
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
