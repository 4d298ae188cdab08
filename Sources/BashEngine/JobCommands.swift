import CProtocol
import Glibc

/// The names of the job commands: `bgsh NAME ...`, and the builtins of a session's bash.
package enum JobCommands {
  /// All of them, as they are listed.
  package static let all = names { _ in true }

  /// Those that bash has no builtin of that name for.
  package static let added = names { $0.kind == bgsh_job_command_added }

  /// What programs use instead: `bgsh NAME ...` only, as nobody types it into a shell.
  package static let forAgents = ["tool", "mcp", "hook"]

  /// Whether a word is one of those.
  package static func isForAgents(_ word: UnsafePointer<CChar>) -> Bool {
    forAgents.contains { strcmp(word, $0) == 0 }
  }

  private static func names(where isMeant: (bgsh_job_command) -> Bool) -> [String] {
    var names: [String] = []
    var position = 0
    while let command = bgsh_job_command(position)?.pointee {
      if isMeant(command) { names.append(String(cString: command.name)) }
      position += 1
    }
    return names
  }

  /// Whether a word is one of them. Asked of C strings, as the command line has them: at each start.
  package static func has(_ word: UnsafePointer<CChar>) -> Bool { bgsh_find_job_command(word) != nil }
}
