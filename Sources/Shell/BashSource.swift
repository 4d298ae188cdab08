import BashEngine
import CProtocol
import ProcessControl
import Tasks

/// What bash reads by itself.
struct BashSource {
  enum Kind {
    /// The text of `-c`.
    case command([UInt8])
    /// A script, by the name that was given.
    case script(ShellArguments.CString)
    /// Standard input.
    case input
  }

  let kind: Kind
  /// All of the text, where it is known.
  let text: [UInt8]?
  /// `$0`, and what follows.
  let arguments: [ShellArguments.CString]

  /// What stands in the file of the source; nil for no such file.
  ///
  /// Behind the text and a NUL stands what bash is to read in place of the first line, where that can be said in advance: it
  /// saves a question, of which the first one costs the most.
  var file: [UInt8]? {
    guard case .command(let text) = kind else { return nil }
    guard let line = SourceCommand.replacement(ofFirstLineIn: text) else { return text }
    return text + [0] + line
  }

  /// What the library is told.
  var reader: StartupScript.Source {
    switch kind {
    case .command: .command
    case .script(let name): .script(name: String(cString: name))
    case .input: .input
    }
  }

  /// - Parameter isLoaded: Whether the library has come with the startup files.
  func addArguments(to command: inout StringVector, isLoaded: Bool) {
    command.append("-c")
    command.append("--")
    command.append(Self.command(isLoaded: isLoaded))
    for argument in arguments { command.append(copying: argument) }
  }

  /// The command string that every source begins with: with the library bash goes on as if it had been started with the
  /// source itself, and forgets the second line. Where a startup file has taken away what that needs, a message that needs
  /// nothing is left.
  private static func command(isLoaded: Bool) -> String {
    """
    { \(isLoaded ? "" : "\\builtin . \(StartupScript.path) && ")\\builtin \(BGSH_SOURCE_BUILTIN); } \(BGSH_MESSAGES_DESCRIPTOR)>&2 2>/dev/null
    : "${__bgsh:?this bash cannot load the library of bgsh, and nothing is run}"
    """
  }
}
