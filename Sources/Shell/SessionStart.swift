import BashEngine
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// What a session is started with, from the command line and the environment.
struct SessionStart {
  let arguments: ShellArguments
  let session: SessionID
  let kind: Session.Kind
  let feed: SupervisorInvocation.Feed
  /// nil where there is no usable state directory.
  let state: StateDirectory?
  /// Where failures of this process are noted; nil without a state directory.
  private let log: SessionLog?
  /// Why no task can be started; empty if nothing speaks against it.
  private let refusal: String
  private let bash: String
  private let supervise: (SupervisorInvocation) -> Never
  /// The FIFO of ids. This process holds it open, so that ids in it survive the supervisor.
  private let heldIDs: FileDescriptor?

  /// The name of the socket, in the abstract namespace, at which bash reaches this process. Nobody can guess it, and so
  /// nobody can take it first.
  let socketName: String

  /// The descriptors of a session have high numbers; below this limit there is no room for them.
  static let fewestOpenFiles = SupervisorInvocation.Descriptor.fewestOpenFiles

  /// Whether a session could have the descriptors that it needs.
  static var hasRoomForDescriptors: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 || limit.rlim_cur >= fewestOpenFiles
  }

  /// - Parameter supervise: Runs a supervisor in this process.
  /// - Throws: Why there can be no session at all.
  init(
    arguments: ShellArguments, kind: Session.Kind, feed: SupervisorInvocation.Feed,
    supervise: @escaping (SupervisorInvocation) -> Never
  ) throws(SessionFailure) {
    self.arguments = arguments
    self.supervise = supervise
    self.kind = kind
    self.feed = feed
    session = SessionID(epochSeconds: Timestamp.now.milliseconds / 1000, processID: getpid())
    socketName = "bgsh-\(session.rawValue)-\(UInt32.random(in: 0...UInt32.max))"
    guard let bash = BashPath.chosen else { throw .noBash }
    self.bash = bash
    guard Self.hasRoomForDescriptors else {
      throw .cannotStart(
        "nothing is run: the limit of open files is below \(Self.fewestOpenFiles); 'ulimit -n 1024' raises it")
    }
    // SIGXFSZ: a write beyond the limit of file sizes then fails here. Bash still gets the signal.
    Signal.fileSizeExceeded.ignore()
    // Files made here belong to the user alone, whatever mask bash inherits.
    let mask = umask(0o077)
    defer { umask(mask) }
    do {
      let state = try StateDirectory.open()
      do throws(Errno) {
        heldIDs = try state.session(session).make()
      } catch {
        throw StateDirectoryError.cannotMake(state.session(session).path, error)
      }
      self.state = state
      log = SessionLog(of: session, in: state, author: "bgsh")
      refusal = ""
    } catch {
      state = nil
      log = nil
      heldIDs = nil
      refusal = "\(error)"
    }
  }

  /// Starts the supervisor, and through it bash.
  ///
  /// - Parameter source: bash's own source, for a feed of that kind.
  func launch(_ source: BashSource? = nil) throws -> SupervisorStart.Channels {
    if !refusal.isEmpty { Diagnostic.say("no task can be started: \(refusal)") }
    return try SupervisorStart(
      invocation: invocation, startupScript: startupScript(for: source), source: source?.file,
      bashPath: bash, bash: bashCommand(source), environment: environment, supervise: supervise
    ).start()
  }

  private var invocation: SupervisorInvocation {
    SupervisorInvocation(
      session: session, kind: kind, feed: feed, shellProcessID: getpid(), stateDirectory: state?.path)
  }

  /// Starts another supervisor in the place of one that has died; nil if it cannot be started, or if there is no state
  /// directory for it to work in.
  func replaceSupervisor(bashProcessID: Int32) -> SupervisorStart.Channels? {
    guard state != nil else { return nil }
    var invocation = invocation
    invocation.bashProcessID = bashProcessID
    do throws(SupervisorStart.Failure) {
      return try SupervisorStart.replace(invocation)
    } catch {
      note("another supervisor cannot be started: \(error)")
      return nil
    }
  }

  /// Keeps a line for whoever asks what went wrong.
  func note(_ text: String) { log?.note(text) }

  /// The queue of this session's notifications; nil where there is no state directory.
  func makeNotifier() -> Notifier? {
    state.map { Notifier(state: $0, session: session, tellsForOthers: kind == .interactive, note: note) }
  }

  /// Removes the files at which launches wait. Without a supervisor they would wait for ever.
  func closeLaunches() { state?.session(session).giveUp() }

  // MARK: Bash

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

  private func bashCommand(_ source: BashSource?) -> StringVector {
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

  private var environment: StringVector {
    switch startupRoute {
    case .source, .startupFile: .environment()
    case .promptCommand:
      .environment(setting: ["PROMPT_COMMAND": "\\builtin . \(StartupScript.path)"])
    case .environmentFile: .environment(setting: ["ENV": StartupScript.path])
    }
  }

  private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private func startupScript(for source: BashSource?) -> StartupScript {
    var script = StartupScript(
      state: state, session: session, library: ExecutablePath.companion("libbgsh-bash.so"),
      controlProgram: ExecutablePath.companion("bgctl"), taskInput: taskInput)
    script.socketName = socketName
    script.refusal = refusal
    script.notifies = arguments.notifies
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
    if isInteractive, !arguments.readsNoStartupFile { script.settings = Self.settings }
    return script
  }

  /// What a task finds on its standard input: the session's terminal, where there is one. The kernel stops a task that
  /// reads it in the background.
  private var taskInput: String {
    guard feed == .terminal else { return "/dev/null" }
    return Terminal(.standardInput)?.devicePath ?? "/dev/tty"
  }

  // MARK: The user's files

  /// `bgshrc`, rewritten; nil if there is none, or nothing of it may run.
  private static var settings: [UInt8]? {
    guard let path = settingsPath, let file = try? FileDescriptor.opening(path, O_RDONLY) else { return nil }
    defer { try? file.close() }
    guard let source = try? file.readToEnd() else { return nil }
    switch SourceVerdict.of(source) {
    case .plain: return source
    case .rewritten(let code): return code
    case .complaints(let complaints):
      for complaint in complaints { Diagnostic.say("\(path): \(complaint)") }
      return nil
    case .unreadable:
      // Bash parses a branch that is never taken, says what is wrong there, and runs none of it.
      return Array("if false; then :\n".utf8) + source + Array("\nfi".utf8)
    }
  }

  private static var settingsPath: String? {
    if let directory = getenv("XDG_CONFIG_HOME"), directory.pointee != 0 {
      return String(cString: directory) + "/bgsh/bgshrc"
    }
    return HomeDirectory.path.map { $0 + "/.config/bgsh/bgshrc" }
  }
}

/// Why there can be no session.
enum SessionFailure: Error, CustomStringConvertible {
  case noBash
  case cannotStart(String)

  var description: String {
    switch self {
    case .noBash: "there is no bash in PATH; install it, or name one with BGSH_SHELL"
    case .cannotStart(let reason): reason
    }
  }
}
