import BashEngine
import CPlainCommand
import CProtocol
import Glibc
import ProcessControl
package import SupervisorProtocol
import SystemPackage
import Tasks

/// bgsh from its command line to its end.
package struct Program {
  /// Runs the supervisor of a session, in a fork of this process.
  private let supervise: (SupervisorInvocation) -> Never

  /// Runs what the command line asks for, and ends this process as it ends.
  ///
  /// - Parameter supervise: Runs the supervisor of a session, in a fork of this process.
  package static func main(supervise: @escaping (SupervisorInvocation) -> Never) -> Never {
    fillStandardDescriptors()
    ChildProcess.keepIgnoredSignals()
    // This process may have been started with SIGCHLD ignored. The kernel would then reap all children itself.
    Signal.childChanged.restoreDefault()
    Signal.say(atDeath: "bgsh: this session has failed, as it does without memory; tasks go on and are recorded\n")
    let words = (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0] }
    switch ShellArguments.read(words) {
    case .subcommand: becomeProgramBehind(words)
    case .help: print(help)
    case .version: print("bgsh \(Version.text)\n")
    case .wrong(let problem):
      Diagnostic.say("\(problem); 'bgsh --help' shows how it is used")
      exit(2)
    case .run(let arguments):
      do throws(SessionFailure) {
        end(as: try Program(supervise: supervise).run(arguments))
      } catch {
        Diagnostic.say("\(error)")
        exit(BGSH_STATUS_NOT_FOUND)
      }
    }
  }

  /// Prints what was asked for, and ends: with status 1 where nobody can get it.
  private static func print(_ text: String) -> Never {
    do throws(Errno) {
      try FileDescriptor.standardOutput.writeWhole(Array(text.utf8))
      exit(0)
    } catch {
      Diagnostic.say("cannot write to standard output: \(error)")
      exit(1)
    }
  }

  /// Opens the standard streams that were closed, so that nothing of ours gets their numbers. Using them still fails.
  private static func fillStandardDescriptors() {
    while let filler = try? FileDescriptor.opening("/dev/null", O_RDONLY) {
      guard filler.rawValue <= 2 else {
        try? filler.close()
        return
      }
    }
  }

  private func run(_ arguments: ShellArguments) throws(SessionFailure) -> WaitStatus {
    do {
      guard let source = arguments.source else { return try Self.becomeBash(arguments) }
      if !SessionStart.hasRoomForDescriptors, case .input = source {
        Diagnostic.say(
          "the limit of open files is below \(SessionStart.fewestOpenFiles), this is plain bash; 'ulimit -n' raises it")
        return try Self.becomeBash(arguments)
      }
      if let flags = arguments.taskFlags { return try runAsTask(arguments, flags: flags) }
      switch source {
      case .command(let command, let rest):
        let text = Array(UnsafeRawBufferPointer(start: command, count: strlen(command)))
        guard Self.mayConcernTasks(text) else { return try Self.becomeBash(arguments) }
        return try run(BashSource(kind: .command(text), text: text, arguments: rest), arguments)
      case .script(let path, let rest):
        let words = [path] + rest
        switch ScriptFile(named: String(cString: path)) {
        case .file(let text, let isWhole) where !isWhole || Self.mayConcernTasks(text):
          return try run(
            BashSource(kind: .script(path), text: isWhole ? text : nil, arguments: words), arguments)
        case .pipe:
          return try run(BashSource(kind: .script(path), text: nil, arguments: words), arguments)
        case .file:
          return try Self.becomeBash(arguments)
        case .unusable:
          Self.suggestCommand(for: String(cString: path))
          return try Self.becomeBash(arguments)
        }
      case .input:
        if arguments.isInteractive || isatty(0) == 1 && isatty(2) == 1, let terminal = Terminal(.standardInput) {
          let start = try SessionStart(arguments: arguments, kind: .interactive, feed: .terminal, supervise: supervise)
          return try InteractiveSession(terminal: terminal, start: start).run()
        }
        return try run(Self.standardInput(arguments), arguments)
      }
    } catch let failure as SessionFailure {
      throw failure
    } catch {
      throw .cannotStart("cannot start a session: \(error)")
    }
  }

  /// Says which job command may be meant by a script that does not exist.
  private static func suggestCommand(for script: String) {
    guard access(script, F_OK) != 0, let near = SimilarWord.nearest(to: script, among: JobCommands.all) else { return }
    Diagnostic.say("there is no script '\(VisibleText.word(script))'; did you mean 'bgsh \(near)'?")
  }

  /// Standard input as bash reads it for `-s`; nil for an interactive bash, which reads it without help.
  private static func standardInput(_ arguments: ShellArguments) -> BashSource? {
    guard !arguments.isInteractive, case .input(let rest) = arguments.source, let name = strdup(arguments.name) else {
      return nil
    }
    return BashSource(kind: .input, text: nil, arguments: [name] + rest)
  }

  /// Whether a session is needed. If not, bash alone runs the text, at no cost.
  private static func mayConcernTasks(_ text: [UInt8]) -> Bool {
    // Most sources hold none of the characters.
    let holdsCharacters = text.withUnsafeBytes { bytes in
      bytes.baseAddress.map {
        bgsh_may_concern_tasks($0.assumingMemoryBound(to: CChar.self), bytes.count) != 0
      } ?? false
    }
    return holdsCharacters && SourceReview.mayConcernTasks(text)
  }

  /// - Parameter source: nil for a bash that is interactive without a terminal.
  private func run(_ source: BashSource?, _ arguments: ShellArguments) throws -> WaitStatus {
    if source != nil, !arguments.isInteractive, arguments.isRestricted {
      throw SessionFailure.cannotStart(
        "nothing is run: a restricted shell has no tasks; leave out the restriction, or '&bg'")
    }
    let start = try SessionStart(arguments: arguments, kind: arguments.sourceKind, feed: .source, supervise: supervise)
    return try SourceSession(start: start, source: source).run()
  }

  /// Detaches everything that the command line asks for as one task.
  private func runAsTask(_ arguments: ShellArguments, flags: [String]) throws -> WaitStatus {
    var own = arguments
    own.taskFlags = nil
    own.notifies = !arguments.printsRecord && arguments.notifies
    (own.bashOptions, own.isInteractive, own.isLogin) = ([], false, false)
    let start = try SessionStart(arguments: own, kind: arguments.sourceKind, feed: .source, supervise: supervise)
    let shown: [UInt8]
    switch arguments.source {
    case .command(let command, _): shown = Array(UnsafeRawBufferPointer(start: command, count: strlen(command)))
    case .script(let script, let rest):
      shown = Array(([script] + rest).map { ShellQuoting.word(String(cString: $0)) }.joined(separator: " ").utf8)
    case .input, nil: shown = []
    }
    var code = Rewriter.launch("\\builtin exec \"$@\"", shown: shown, flags: flags)
    if arguments.printsRecord {
      code += Array(" && \(ShellQuoting.quoted(ExecutablePath.companion("bgctl"))) why --json \"@$BGSH_TASK\"".utf8)
    }
    var rest: [ShellArguments.CString] = []
    for word in ["bgsh", ExecutablePath.thisProgram, "--notify", "off"] {
      if let copy = strdup(word) { rest.append(copy) }
    }
    let source = BashSource(kind: .command(code), text: code, arguments: rest + arguments.plainWords)
    return try SourceSession(start: start, source: source).run()
  }

  // MARK: Other programs

  /// Becomes the program that a subcommand stands for.
  private static func becomeProgramBehind(_ words: [ShellArguments.CString]) -> Never {
    let isForAgents = words.count > 1 && JobCommands.isForAgents(words[1])
    let path = ExecutablePath.companion(isForAgents ? "bgsh-agents" : "bgctl")
    var arguments = StringVector(["bgsh"])
    for word in words.dropFirst() { arguments.append(copying: word) }
    do throws(Errno) {
      try ChildProcess.replaceThisProcess(path: path, arguments: arguments, environment: .environment())
    } catch {
      Diagnostic.say("cannot run '\(path)': \(error); install bgsh again")
    }
    exit(BGSH_STATUS_NOT_FOUND)
  }

  /// Hands everything to bash, as if bash had been called.
  private static func becomeBash(_ arguments: ShellArguments) throws -> WaitStatus {
    guard let bash = BashPath.chosen else { throw SessionFailure.noBash }
    var words = StringVector([arguments.name])
    for word in arguments.plainWords { words.append(copying: word) }
    try ChildProcess.replaceThisProcess(path: bash, arguments: words, environment: .environment())
    return .exited(code: BGSH_STATUS_NOT_FOUND)
  }

  private static func end(as status: WaitStatus) -> Never {
    if case .signaled(let signal) = status { signal.endThisProcess() }
    exit(status.shellStatus)
  }
}
