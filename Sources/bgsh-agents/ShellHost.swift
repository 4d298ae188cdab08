import BashEngine
import CProtocol
import Connections
import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// A bgsh session whose bash is used call by call: its supervisor, its bash, and what they ask.
final class ShellHost {
  let session: SessionID
  let state: StateDirectory
  private let log: SessionLog
  private let heldIDs: FileDescriptor
  private let interpreter: Interpreter
  private let questions: ShellListener
  let calls: CallsListener
  private let records: OpenStore
  private(set) var supervisorProcessID: Int32

  /// The process that bash was started as.
  var bashProcessID: Int32 { interpreter.processID }

  /// Called when a process of the session has ended that is no task.
  var processEnded: (Int32, WaitStatus) -> Void = { _, _ in }
  /// Called when something has happened to a task.
  var notified: () -> Void = {}

  /// - Throws: Why there can be no shell; in words.
  init(loop: EventLoop, records: OpenStore, state: StateDirectory, options: ShellOptions) throws(ShellHostFailure) {
    self.state = state
    self.records = records
    session = SessionID(epochSeconds: Timestamp.now.milliseconds / 1000, processID: getpid())
    guard let bash = BashPath.chosen else {
      throw ShellHostFailure("there is no bash in PATH; install it, or name one with BGSH_SHELL")
    }
    let random = UInt32.random(in: 0...UInt32.max)
    let socketName = "bgsh-\(session.rawValue)-\(random)"
    let callsName = "bgsh-calls-\(session.rawValue)-\(random)"
    let mask = umask(0o077)
    defer { umask(mask) }
    do {
      heldIDs = try state.session(session).make()
      log = SessionLog(of: session, in: state, author: "bgsh")
      questions = try ShellListener(loop: loop, name: socketName)
      calls = try CallsListener(loop: loop, name: callsName)
      var script = StartupScript(
        state: state, session: session, library: ExecutablePath.companion("libbgsh-bash.so"),
        controlProgram: ExecutablePath.companion("bgctl"), taskInput: "/dev/null")
      script.socketName = socketName
      script.callsName = callsName
      var invocation = SupervisorInvocation(
        session: session, kind: .silent, feed: .calls, shellProcessID: getpid(), stateDirectory: state.path)
      invocation.endsWithShell = !options.keepsTasks
      var command = StringVector(["bash"])
      if options.isLogin { command.append("-l") }
      command.append("-c")
      command.append("\\builtin . \(StartupScript.path) && \\builtin \(BGSH_SERVE_BUILTIN)")
      umask(mask)
      let channels = try SupervisorStart(
        invocation: invocation, startupScript: script, source: nil, bashPath: bash, bash: command,
        environment: .environment(),
        supervise: { _ in _exit(1) }
      ).start()
      supervisorProcessID = channels.processID
      interpreter = try Interpreter(loop: loop, channels: channels)
      interpreter.replaceSupervisor = { [unowned self, invocation] in replaceSupervisor(invocation) }
    } catch {
      throw ShellHostFailure("\(error)")
    }
    interpreter.note = { [log] in log.note($0) }
    interpreter.processEnded = { [unowned self] in processEnded($0, $1) }
    interpreter.notified = { [unowned self] in notified() }
    questions.answer = { [unowned self] in answer($0) }
  }

  private func replaceSupervisor(_ invocation: SupervisorInvocation) -> SupervisorStart.Channels? {
    var invocation = invocation
    invocation.bashProcessID = interpreter.processID
    do throws(SupervisorStart.Failure) {
      let channels = try SupervisorStart.replace(invocation)
      supervisorProcessID = channels.processID
      return channels
    } catch {
      log.note("another supervisor cannot be started: \(error)")
      return nil
    }
  }

  /// Takes a child of this process that has changed: once a supervisor has died, its processes are such.
  func take(_ child: ReapedChild) {
    if interpreter.hasAdopted { interpreter.take(child) }
  }

  /// What the library in bash asks.
  private func answer(_ request: ShellRequest) -> ShellAnswer {
    switch request {
    case .text(let read) where read.place == .evaluated: .evaluation(EvaluatedText.judge(read))
    case .text: .verdict(.asTyped)
    case .check(let words): TaskOptions.complaint(about: words).map { .complaint(VisibleText.line($0.utf8)) } ?? .done
    case .runningTasks: .count((try? records.current().runningCount(session)) ?? 0)
    case .completion: .completion(.native)
    case .turn, .news, .tell: .done
    }
  }

  /// What has been launched and could not be recorded.
  func takeLaunchFailures() -> [String] { interpreter.takeLaunchFailures() }

  /// Waits, not for long, until every launch that is under way is on record.
  func settle() {
    guard var client = try? SupervisorClient(state.session(session), asking: .settle) else { return }
    _ = try? client.nextReply(timeoutMilliseconds: Self.settleMilliseconds)
  }

  private static let settleMilliseconds: Int64 = 1_000

  /// Every process below the supervisor, and below this process where another one is.
  func descendants() -> Set<ProcessTree.Member> {
    var next = children(of: supervisorProcessID)
    if interpreter.hasAdopted { next += children(of: getpid()) }
    var visited: Set<Int32> = [supervisorProcessID]
    var members: Set<ProcessTree.Member> = []
    while let processID = next.popLast() {
      guard visited.insert(processID).inserted else { continue }
      if let state = ProcessSighting.of(processID).state, !state.isZombie {
        members.insert(.init(processID: processID, startTicks: state.startTicks))
      }
      next += children(of: processID)
    }
    return members
  }

  private func children(of processID: Int32) -> [Int32] { (try? ProcessState.children(of: processID)) ?? [] }
}

/// How shells are started.
struct ShellOptions {
  /// Whether they read the files of a login shell.
  var isLogin = false
  /// Whether tasks go on when the connection has ended.
  var keepsTasks = false
}

/// Why there can be no shell.
struct ShellHostFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
