import CProtocol

/// The names of the job commands: `bgsh NAME ...`, and the builtins of a session's bash.
package enum JobCommands {
  /// All of them, as they are listed.
  package static let all = table.map(\.name)

  /// Those that bash has no builtin of that name for.
  package static let added = table.filter { $0.kind == bgsh_job_command_added }.map(\.name)

  private static let table: [(name: String, kind: bgsh_job_command_kind)] = {
    var table: [(name: String, kind: bgsh_job_command_kind)] = []
    while let entry = bgsh_job_command(table.count) {
      table.append((String(cString: entry.pointee.name), entry.pointee.kind))
    }
    return table
  }()
}
