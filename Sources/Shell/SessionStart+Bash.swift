import BashEngine
import Glibc
import ProcessControl
import SupervisorProtocol
import SystemPackage

/// How the session's bash is started: its command line, its environment and its startup script.
extension SessionStart {
  private var isInteractive: Bool { arguments.isInteractive || feed == .terminal }

  /// How bash comes to read the startup script.
  private enum StartupRoute {
    /// Called on the first line of the source.
    case source
    /// In place of `~/.bashrc`.
    case startupFile
    /// By PROMPT_COMMAND, which nothing can have changed.
    case promptCommand
    /// In place of the file that `ENV` names: in posix mode bash reads no other. The script reads the startup files.
    case environmentFile
  }

  private var startupRoute: StartupRoute {
    guard isInteractive else { return .source }
    if asksForPosix || arguments.isLogin { return .environmentFile }
    guard arguments.readsNoStartupFile else { return .startupFile }
    // Where nobody is prompted, PROMPT_COMMAND does not run.
    return hasText ? .source : .promptCommand
  }

  /// Whether bash reads a command or a script.
  private var hasText: Bool {
    switch arguments.source {
    case .command, .script: true
    case .input, nil: false
    }
  }

  private var asksForPosix: Bool {
    arguments.asksForPosix || arguments.isCalledSh || getenv("POSIXLY_CORRECT") != nil
  }

  func bashCommand(_ source: BashSource?) -> StringVector {
    var command = StringVector([arguments.name])
    switch startupRoute {
    case .source: if arguments.readsNoStartupFile { command.append("--norc") }
    case .startupFile:
      command.append("--rcfile")
      command.append(StartupScript.path)
    case .promptCommand: command.append("--norc")
    case .environmentFile: command.append("--posix")
    }
    for option in arguments.bashOptions { command.append(copying: option) }
    if isInteractive { command.append("-i") }
    if let source {
      if arguments.isLogin { command.append("-l") }
      source.addArguments(to: &command, isLoaded: startupRoute != .source)
    } else if case .input(let rest) = arguments.source, !rest.isEmpty || arguments.readsStandardInput {
      command.append("-s")
      command.append("--")
      for argument in rest { command.append(copying: argument) }
    }
    return command
  }

  var environment: StringVector {
    switch startupRoute {
    case .source, .startupFile: .environment()
    case .promptCommand:
      .environment(setting: ["PROMPT_COMMAND": "\\builtin . \(StartupScript.path)"])
    case .environmentFile: .environment(setting: ["ENV": StartupScript.path])
    }
  }

  private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  func startupScript(for source: BashSource?) -> StartupScript {
    var script = StartupScript(
      state: state, session: session, library: ExecutablePath.companion("libbgsh-bash.so"),
      controlProgram: ExecutablePath.companion("bgctl"), taskInput: taskInput)
    script.socketName = socketName
    script.refusal = refusal
    script.notifies = arguments.notifies
    script.tellsAtOnce = arguments.tellsAtOnce
    // If bash goes by a path, `BASH` names that path.
    if !arguments.name.hasPrefix("/") { script.shellPath = ExecutablePath.linkCalledBash }
    script.isInteractive = isInteractive
    script.feed = source?.reader
    script.isVerbose = arguments.isVerbose
    if let text = source?.text {
      // To find out whether bash knows a command costs a search of the whole PATH.
      script.words = JobCommands.added.filter { SourceReview.holds(text, $0) }
    }
    switch startupRoute {
    case .source: break
    case .startupFile:
      script.startupFiles = .interactive(file: arguments.startupFile.map { String(cString: $0) } ?? "~/.bashrc")
    case .promptCommand:
      script.restoredVariables = [("PROMPT_COMMAND", variable("PROMPT_COMMAND"))]
      script.startupFiles = .promptCommand
    case .environmentFile:
      script.restoredVariables = [("ENV", variable("ENV"))]
      script.startupFiles =
        !asksForPosix
        ? .login(readsProfiles: !arguments.readsNoProfile)
        : arguments.isCalledSh && arguments.isLogin
          ? .posixLogin(readsProfiles: !arguments.readsNoProfile)
          : .posix(file: variable("ENV") ?? "")
    }
    if isInteractive, !arguments.readsNoStartupFile { script.settings = UserSettings.code }
    return script
  }

  /// What a task finds on its standard input: the session's terminal, where there is one. The kernel stops a task that
  /// reads it in the background.
  private var taskInput: String {
    guard feed == .terminal else { return "/dev/null" }
    return Terminal(.standardInput)?.devicePath ?? "/dev/tty"
  }
}
