import BashEngine
import ProcessControl
import Tasks

/// A source that bash reads by itself, rewritten.
struct BashSource {
  enum Kind {
    /// For `bash -c`.
    case command
    /// A script of that name.
    case script(ShellArguments.CString)
    /// Standard input.
    case input
  }

  let kind: Kind
  let code: [UInt8]
  /// What follows the command (its name first) or the script.
  let arguments: [ShellArguments.CString]

  private static let path = "/dev/fd/\(SupervisorInvocation.Descriptor.source)"

  /// What stands in the file of the source.
  var file: [UInt8] {
    switch kind {
    case .command, .input: code
    case .script(let name): Glue.call + Self.opening(of: String(cString: name)) + code
    }
  }

  func addArguments(to command: inout StringVector) {
    switch kind {
    case .command, .input:
      command.append("-c")
      command.append("--")
      command.append(Self.command)
    case .script:
      command.append("--")
      command.append(Self.path)
    }
    for argument in arguments { command.append(copying: argument) }
  }

  /// The command string of every `bash -c`: bash goes on with what is in the file, which knows no limit to its size, and
  /// forgets the second line. Where a startup file has taken away what that needs, a message that needs nothing is left.
  private static let command = """
    { \\builtin . \(Glue.path) && \\builtin __bgsh_text \(SupervisorInvocation.Descriptor.source); } 9>&2 2>/dev/null
    : "${__bgsh:?this bash cannot load the library of bgsh, and nothing is run}"
    """

  /// On the first line of a script: its name where bash would have it, and no descriptor left open.
  private static func opening(of name: String) -> [UInt8] {
    let name = ShellQuoting.quotedOnOneLine(Array(name.utf8))
    return Array("{ __bgsh_source ".utf8) + name + Array("; BASH_ARGV0=".utf8) + name
      + Array("; exec \(SupervisorInvocation.Descriptor.source)<&-; } 2>/dev/null; ".utf8)
  }
}
