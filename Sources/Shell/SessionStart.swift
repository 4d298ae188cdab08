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
  let refusal: String
  private let bash: String
  private let supervise: (SupervisorInvocation) -> Never
  /// Whether nobody has used bgsh here before.
  let isFirstEver: Bool
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
    let place = kind == .interactive ? try? StateDirectory.locate() : nil
    isFirstEver = place.map { access($0.path, F_OK) != 0 } ?? false
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
}
