import CProtocol
package import Tasks

extension LaunchRecord {
  /// The record of a task, as the library in bash writes it of one that it launches.
  package static func bytes(
    _ id: TaskID, command: RawText, workingDirectory: RawText, options: TaskOptions
  ) -> [UInt8] {
    let digits = String(id.rawValue)
    let fixed = [
      bgsh_record_id: Array(String(repeating: "0", count: max(0, Int(bgsh_longest_id) - digits.count)).utf8)
        + digits.utf8,
      bgsh_record_command: command.bytes, bgsh_record_directory: workingDirectory.bytes,
    ]
    let fields = (0..<bgsh_record_field_count).map { fixed[$0] ?? [] }
    let flags = options.flags.flatMap { [Array($0.flag.name.utf8), Array($0.value.utf8)] }
    return (fields + flags).flatMap { $0 + [0] }
  }

  /// What stands before a record in the list of what was confirmed.
  package static let separator = [UInt8](repeating: 0, count: bgsh_record_separator_length)
}
