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

  /// What the kernel takes as one argument: `MAX_ARG_STRLEN`, 32 pages.
  private static let longestArgument = 131_071

  private static let path = "/dev/fd/\(SupervisorInvocation.Descriptor.source)"
  private static let closing = "exec \(SupervisorInvocation.Descriptor.source)<&-"

  /// What stands in the file of the source; nil if it goes as an argument.
  var file: [UInt8]? {
    switch kind {
    case .command, .input: text.count > Self.longestArgument ? text : nil
    case .script(let name): Glue.call + Self.opening(of: String(cString: name)) + code
    }
  }

  private var text: [UInt8] { Glue.call + code }

  func addArguments(to command: inout StringVector) {
    switch kind {
    case .command, .input:
      command.append("-c")
      command.append("--")
      if file == nil {
        command.append(bytes: text)
      } else {
        command.append("__bgsh_text=$(<\(Self.path)); \(Self.closing); \\builtin eval \"$__bgsh_text\"")
      }
    case .script:
      command.append("--")
      command.append(Self.path)
    }
    for argument in arguments { command.append(copying: argument) }
  }

  /// On the first line of a script: its name where bash would have it, and no descriptor left open.
  private static func opening(of name: String) -> [UInt8] {
    let name = ShellQuoting.quotedOnOneLine(Array(name.utf8))
    return Array("{ __bgsh_source ".utf8) + name + Array("; BASH_ARGV0=".utf8) + name
      + Array("; \(closing); } 2>/dev/null; ".utf8)
  }
}
