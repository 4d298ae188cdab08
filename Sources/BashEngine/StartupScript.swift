import CProtocol
package import StateFiles
import SupervisorProtocol
package import Tasks

/// The bash code that a session's bash runs first. It loads the library and tells it about the session.
package struct StartupScript: Sendable {
  /// Startup files that bash would read by itself, in its order.
  package enum StartupFiles: Sendable {
    case none
    case interactive(file: String)
    case login(readsProfiles: Bool)
    /// The file that `ENV` names, in posix mode.
    case posix(file: String)
    /// Those of a login shell that is called `sh`: what `ENV` names after the profiles is read last.
    case posixLogin(readsProfiles: Bool)
    /// None, and PROMPT_COMMAND, which has brought bash here, is to run once more.
    case promptCommand
  }

  /// What bash reads that nobody types.
  package enum Source: Hashable, Sendable {
    /// The text of `-c`, in a file.
    case command
    case script(name: String)
    case input
  }

  package var state: StateDirectory?
  package var session: SessionID
  /// The name of the socket where bgsh listens.
  package var socketName = ""
  /// The name of the socket where calls come from; empty but for a shell that a program uses.
  package var callsName = ""
  /// Why no task can be started; empty if nothing speaks against it.
  package var refusal = ""
  /// The library that bash loads, and the program behind the job commands.
  package var library: String
  package var controlProgram: String
  /// What a task finds on its standard input.
  package var taskInput: String
  /// What `BASH` is to be; nil leaves what bash says.
  package var shellPath: String?
  /// Whether launches and ends are told, unless the user's settings say otherwise.
  package var notifies = true
  /// Whether they are shown at once, also while a line is edited.
  package var tellsAtOnce = false
  /// What bash reads; nil for a terminal.
  package var feed: Source?
  /// Whether bash is to echo what it reads, from the startup files on if there are any.
  package var isVerbose = false
  /// Whether bash reads lines from a user, with startup files before.
  package var isInteractive = false
  package var startupFiles = StartupFiles.none
  /// Environment variables that were only set to bring bash here, with the values that the user's bash is to have; nil
  /// for none.
  package var restoredVariables: [(name: String, value: String?)] = []
  /// The job commands that bash has no word for, as far as they can be meant in this session.
  package var words = JobCommands.added
  /// bash source read after the startup files, already rewritten; nil for none.
  package var settings: [UInt8]?

  package init(
    state: StateDirectory?, session: SessionID, library: String, controlProgram: String, taskInput: String
  ) {
    self.state = state
    self.session = session
    self.library = library
    self.controlProgram = controlProgram
    self.taskInput = taskInput
  }

  /// What the file holds.
  package var bytes: [UInt8] {
    var text = """
      { \\builtin enable -f \(ShellQuoting.quoted(library)) \(Self.builtins) && \(BGSH_QUIET_BUILTIN); } 2>/dev/null || \(giveUp)
      \\builtin export \(Self.assignment(BGSH_SESSION_VARIABLE, session.rawValue))

      """
    if let shellPath { text += "BASH=\(ShellQuoting.quoted(shellPath))\n" }
    if tellsAtOnce { text += "\(BGSH_NOTIFY_VARIABLE)=\(BGSH_NOTIFY_NOW)\n" }
    if !notifies { text += "\(BGSH_NOTIFY_VARIABLE)=\(BGSH_NOTIFY_OFF)\n" }
    for (name, value) in restoredVariables {
      text +=
        value.map { "\\builtin export \(Self.assignment(name, $0))\n" } ?? "\\builtin unset -v \(name)\n"
    }
    // This is the last command. The startup files that it reads may set traps, which would fire at any further one.
    text += BGSH_START_BUILTIN
    for (setting, value) in values { text += " \(Self.assignment(String(cString: setting.key), value))" }
    guard let settings else { return Array((text + "\n").utf8) }
    return Array((text + " ").utf8)
      + ShellQuoting.quoted(Array("\(String(cString: StartSetting.settings.key))=".utf8) + settings) + [
        UInt8(ascii: "\n")
      ]
  }

  /// The argument `name=value`, quoted as a whole. Unquoted, `set -k` would make a variable of it.
  private static func assignment(_ name: String, _ value: String) -> String {
    ShellQuoting.quoted("\(name)=\(value)")
  }

  /// What bash does if it cannot load the library: an interactive one goes on as plain bash, any other runs nothing.
  private var giveUp: String {
    let message = "'bgsh: this bash cannot load \(library); name another one with BGSH_SHELL\\n'"
    return isInteractive
      ? "{ \\builtin printf \(message) >&2; [[ ! -r ~/.bashrc ]] || \\builtin . ~/.bashrc; \\builtin return; }"
      : "{ \\builtin printf \(message) >&\(BGSH_MESSAGES_DESCRIPTOR); \\builtin exit \(BGSH_STATUS_NOT_FOUND); }"
  }

  private static let builtins = [
    BGSH_QUIET_BUILTIN, BGSH_START_BUILTIN, BGSH_SOURCE_BUILTIN, BGSH_READ_BUILTIN, BGSH_LAUNCH_BUILTIN,
    BGSH_TAKE_BUILTIN, BGSH_SERVE_BUILTIN,
  ].joined(separator: " ")

  private var values: [(StartSetting, String)] {
    var values: [(StartSetting, String)] = [
      (.socket, socketName), (.calls, callsName), (.library, library), (.control, controlProgram), (.input, taskInput),
      (.run, state?.session(session).path ?? ""), (.output, state?.outputPath ?? ""), (.refusal, refusal),
      (.state, state?.path ?? ""), (.session, session.rawValue),
      (.words, words.joined(separator: ",")), (.descriptor, String(SupervisorInvocation.Descriptor.startupScript)),
    ]
    if isVerbose { values.append((.verbose, "1")) }
    switch feed {
    case nil: if isInteractive { values.append((.reader, BGSH_READER_TERMINAL)) }
    case .command:
      values += [(.reader, BGSH_READER_COMMAND), (.text, String(SupervisorInvocation.Descriptor.source))]
    case .script(let name): values += [(.reader, BGSH_READER_SCRIPT), (.script, name)]
    case .input: values.append((.reader, BGSH_READER_INPUT))
    }
    guard isInteractive else { return values }
    switch startupFiles {
    case .none: break
    case .interactive(let file): values += [(.startup, BGSH_STARTUP_INTERACTIVE), (.startupFile, file)]
    case .login(let readsProfiles):
      values += [
        (.startup, BGSH_STARTUP_LOGIN), (.posix, BGSH_POSIX_OFF), (.profiles, readsProfiles ? "1" : ""),
      ]
    case .posixLogin(let readsProfiles):
      values += [(.startup, BGSH_STARTUP_SH_LOGIN), (.profiles, readsProfiles ? "1" : "")]
    case .promptCommand: values.append((.startup, BGSH_STARTUP_PROMPT))
    case .posix(let file): values += [(.startup, BGSH_STARTUP_POSIX), (.startupFile, file)]
    }
    return values
  }

  /// Where bash finds the file.
  package static let path = "/dev/fd/\(SupervisorInvocation.Descriptor.startupScript)"
}
