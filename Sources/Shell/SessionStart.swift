import BashEngine
import BashSyntax
import Glibc
import ProcessControl
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
  /// Why no task can be started; empty if nothing speaks against it.
  private let refusal: String
  private let bash: String

  /// The descriptors of a session have high numbers; below this limit there is no room for them.
  static let fewestOpenFiles = SupervisorInvocation.Descriptor.fewestOpenFiles

  /// Whether a session could have the descriptors that it needs.
  static var hasRoomForDescriptors: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 || limit.rlim_cur >= fewestOpenFiles
  }

  /// - Throws: Why there can be no session at all.
  init(arguments: ShellArguments, kind: Session.Kind, feed: SupervisorInvocation.Feed) throws(SessionFailure) {
    self.arguments = arguments
    self.kind = kind
    self.feed = feed
    session = SessionID(epochSeconds: Timestamp.now.milliseconds / 1000, processID: getpid())
    guard let bash = Self.bash else { throw .noBash }
    self.bash = bash
    guard Self.hasRoomForDescriptors else {
      throw .cannotStart("the limit of open files is below \(Self.fewestOpenFiles); 'ulimit -n 1024' raises it")
    }
    do {
      let state = try StateDirectory.open()
      do throws(Errno) {
        try state.session(session).make()
      } catch {
        throw StateDirectoryError.cannotMake(state.session(session).path, error)
      }
      self.state = state
      refusal = ""
    } catch {
      state = nil
      refusal = "\(error)"
    }
  }

  /// The user's bash: the one that `BGSH_SHELL` names, else the first in `PATH`; nil if there is none.
  static var bash: String? {
    if let named = getenv("BGSH_SHELL"), named.pointee != 0 { return String(cString: named) }
    return ExecutablePath.inSearchPath("bash")
  }

  /// Starts the supervisor, and through it bash.
  ///
  /// - Parameter source: bash's own source, for a feed of that kind.
  func launch(_ source: BashSource? = nil) throws -> SupervisorStart.Channels {
    if !refusal.isEmpty { Diagnostic.say("no task can be started: \(refusal)") }
    let invocation = SupervisorInvocation(
      session: session, kind: kind, feed: feed, shellProcessID: getpid(), stateDirectory: state?.path)
    return try SupervisorStart(
      invocation: invocation, glue: glue(for: source?.code), source: source?.file(precededByGlue: isToldOfGlue),
      bashPath: bash, bash: bashCommand(source), environment: environment
    ).start()
  }

  /// The queue of this session's notifications; nil where there is no state directory.
  func makeNotifier() -> Notifier? {
    state.map { Notifier(state: $0, session: session) }
  }

  /// Takes away what a launch waits at, and looks at while it waits: without a supervisor it would wait for ever.
  func closeLaunches() {
    guard let directory = state?.session(session) else { return }
    for path in [directory.idsPath, directory.controlPath] { unlink(path) }
  }

  // MARK: Bash

  private func bashCommand(_ source: BashSource?) -> StringVector {
    var command = StringVector(["bash"])
    if feed == .terminal { command.append("--noediting") }
    if arguments.readsNoStartupFile {
      command.append("--norc")
    } else if isInteractive {
      command.append("--rcfile")
      command.append(gluePath)
    }
    for option in arguments.bashOptions(forLineEditing: feed != .terminal) { command.append(copying: option) }
    if isInteractive { command.append("-i") }
    if case .input(let rest) = arguments.source, feed == .stream || !rest.isEmpty {
      command.append("-s")
      command.append("--")
      for argument in rest { command.append(copying: argument) }
    }
    if let source {
      if arguments.isLogin { command.append("-l") }
      source.addArguments(to: &command, precededByGlue: isToldOfGlue)
    }
    return command
  }

  private var isInteractive: Bool { arguments.isInteractive || feed == .terminal }

  /// Whether bash is told to read the glue; where it reads startup files, the glue is one of them.
  var isToldOfGlue: Bool { !isInteractive || arguments.readsNoStartupFile }

  private var gluePath: String { "/dev/fd/\(SupervisorInvocation.Descriptor.glue)" }

  /// In posix mode an interactive bash reads no rc file: it begins without, and the glue switches it on.
  private var environment: StringVector {
    feed == .terminal ? .environment(without: ["POSIXLY_CORRECT"]) : .environment()
  }

  /// - Parameter source: The whole source, where it is known.
  private func glue(for source: [UInt8]?) -> Glue {
    var glue = Glue(
      state: state, session: session, controlProgram: ExecutablePath.companion("bgctl"), taskInput: taskInput,
      feed: feed)
    glue.refusal = refusal
    glue.notifies = arguments.notifies
    if let source {
      // Asking bash for a command that it does not know costs a search of the whole PATH.
      let text = String(decoding: source, as: UTF8.self)
      glue.words = Glue.words.filter { text.contains($0) }
    }
    if feed == .terminal {
      glue.editingMode = arguments.editingMode
      glue.isPosix = arguments.asksForPosix || getenv("POSIXLY_CORRECT") != nil
    }
    if isInteractive {
      if arguments.isLogin {
        glue.startupFiles = .login
      } else if !arguments.readsNoStartupFile {
        glue.startupFiles = .interactive(file: arguments.startupFile.map { String(cString: $0) })
      }
      if !arguments.readsNoStartupFile { glue.settings = Self.settings }
    }
    return glue
  }

  /// A task reads the terminal of its session, where there is one; the kernel stops it until it is in the foreground.
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
    let scan = SyntaxScanner.scan(source)
    let complaints = SourceReview.complaints(about: scan, in: source)
    for complaint in complaints { Diagnostic.say("\(path): \(complaint)") }
    return complaints.isEmpty ? Rewriter.rewrite(source, scan) : nil
  }

  private static var settingsPath: String? {
    if let directory = getenv("XDG_CONFIG_HOME"), directory.pointee != 0 {
      return String(cString: directory) + "/bgsh/bgshrc"
    }
    return getenv("HOME").map { String(cString: $0) + "/.config/bgsh/bgshrc" }
  }

  /// The key bindings that the shell has asked for since the last time.
  func takeBindings() -> [String] {
    guard let path = state?.session(session).bindingsPath,
      let file = try? FileDescriptor.opening(path, O_RDWR)
    else { return [] }
    defer { try? file.close() }
    guard let bytes = try? file.readToEnd(), !bytes.isEmpty else { return [] }
    let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    ftruncate(file.rawValue, 0)
    var lines: [String] = []
    var next = 0
    // Each call stands as the number of its words and the words.
    while next < fields.count, let count = Int(fields[next]), next + count < fields.count {
      let words = fields[(next + 1)...(next + count)]
      // With options it is no line of inputrc.
      if words.first?.hasPrefix("-") == false { lines += words }
      next += count + 1
    }
    return lines
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
