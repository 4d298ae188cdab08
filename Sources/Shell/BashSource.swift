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
  func file(precededByGlue: Bool) -> [UInt8]? {
    let text = (precededByGlue ? Glue.call : []) + code
    switch kind {
    case .command: return text.count > Self.longestArgument ? text : nil
    case .script(let name):
      return (precededByGlue ? Glue.call : []) + Self.opening(of: String(cString: name)) + code
    }
  }

  func addArguments(to command: inout StringVector, precededByGlue: Bool) {
    switch kind {
    case .command:
      command.append("-c")
      command.append("--")
      if file(precededByGlue: precededByGlue) == nil {
        command.append(bytes: (precededByGlue ? Glue.call : []) + code)
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
    let builtin = ShellQuoting.quoted(ExecutablePath.companion("libbgsh-script.so"))
    return Array("{ \\builtin enable -f \(builtin) __bgsh_source && __bgsh_source ".utf8) + name
      + Array(" && \\builtin enable -d __bgsh_source; BASH_ARGV0=".utf8) + name
      + Array("; \(closing); } 2>/dev/null; ".utf8)
  }
}
