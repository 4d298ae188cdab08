import Glibc
package import ProcessControl
package import SupervisorProtocol
package import SystemPackage

/// Starts a session's supervisor and, as its child, the session's bash.
package struct SupervisorStart: ~Copyable {
  package let invocation: SupervisorInvocation
  package let startupScript: StartupScript
  /// What bash finds in the file of its source; nil for no such file.
  package let source: [UInt8]?
  package let bashPath: String
  /// The name and the arguments of bash.
  package var bash: StringVector
  package var environment: StringVector
  /// Runs a supervisor in this process.
  private let supervise: (SupervisorInvocation) -> Never

  package init(
    invocation: SupervisorInvocation, startupScript: StartupScript, source: [UInt8]?, bashPath: String,
    bash: consuming StringVector,
    environment: consuming StringVector, supervise: @escaping (SupervisorInvocation) -> Never
  ) {
    self.invocation = invocation
    self.startupScript = startupScript
    self.source = source
    self.bashPath = bashPath
    self.bash = bash
    self.environment = environment
    self.supervise = supervise
  }

  /// This process's ends of the descriptors that it shares with its session; they close on exec.
  package struct Channels: Sendable {
    package let bashProcessID: Int32
    /// The supervisor's.
    package let processID: Int32
    /// Frames of ``SupervisorEvent``; closing it tells the supervisor that bgsh has ended.
    package let events: FileDescriptor
  }

  /// Why there is no session.
  package enum Failure: Error, CustomStringConvertible {
    case bash(path: String, Errno)
    case supervisor(path: String, Errno)
    case resources(Errno)
    /// The user may have no more of them.
    case processes
    /// Somebody has killed the supervisor before it could report that it runs.
    case killed

    package var description: String {
      switch self {
      case .bash(let path, let error): "cannot run '\(path)': \(error); name a bash with BGSH_SHELL"
      case .supervisor(let path, let error): "cannot run '\(path)': \(error); install bgsh again"
      case .resources(let error): "cannot start a session: \(error)"
      case .processes: "there are as many processes as you may have; end some, or raise 'ulimit -u'"
      case .killed: "the supervisor of the session was killed at its start; nothing is run"
      }
    }
  }

  /// Starts both.
  package consuming func start() throws(Failure) -> Channels {
    typealias Number = SupervisorInvocation.Descriptor
    let shared: SharedDescriptors
    do throws(Errno) {
      shared = try SharedDescriptors(startupScript: startupScript.bytes, source: source)
    } catch {
      throw .resources(error)
    }
    defer { shared.closeTheirs() }
    var supervisor = Self.supervisor(invocation, events: shared.events.theirs, nowhere: shared.nowhere)
    let bashPath = bashPath
    let isOnTerminal = invocation.feed == .terminal
    var shell = ChildProcess(path: bashPath, arguments: bash, environment: environment)
    shell.map(shared.startupScript, to: Number.startupScript)
    if let source = shared.source { shell.map(source, to: Number.source) }
    // Launches and the startup script write there. Where it is closed, nobody gets that.
    if FileDescriptor.standardError.closesOnExec {
      shell.map(shared.nowhere, to: FileDescriptor.standardError.rawValue)
    }
    if invocation.feed == .calls {
      // What this process reads and writes is a protocol.
      for number in 0..<Int32(3) { shell.map(shared.nowhere, to: number) }
    }
    if isOnTerminal {
      shell.group = .new
      shell.foregroundTerminal = .standardInput
    } else {
      // Without a terminal to share out, bash is in this process's group, so that Ctrl-C and Ctrl-Z reach both.
      shell.group = .existing(getpgrp())
    }
    do throws(ChildProcess.KeepingFailure) {
      let processes = try Self.start(&supervisor, keeping: shell, inPlace: invocation.feed == .source)
      if processes.keeper == 0 {
        var invocation = invocation
        invocation.bashProcessID = processes.kept
        supervise(invocation)
      }
      return Channels(bashProcessID: processes.kept, processID: processes.keeper, events: shared.events.ours)
    } catch {
      switch error {
      case .keeper(.resourceTemporarilyUnavailable), .kept(.resourceTemporarilyUnavailable):
        throw .processes
      case .keeper(.noChildProcess):
        // Bash is a child of this process now, and has run no command yet.
        ChildProcess.killChildren()
        throw .killed
      case .keeper(let error): throw .supervisor(path: Self.supervisorPath, error)
      case .kept(let error): throw .bash(path: bashPath, error)
      }
    }
  }

  /// - Parameter inPlace: Whether a fork of this process becomes the supervisor. A source may be over before another program
  ///   would have started. Without the memory for a fork, the program is started all the same.
  /// - Returns: The process IDs; in the fork, 0 for the keeper.
  private static func start(
    _ supervisor: inout ChildProcess, keeping shell: borrowing ChildProcess, inPlace: Bool
  ) throws(ChildProcess.KeepingFailure) -> (keeper: Int32, kept: Int32) {
    if inPlace {
      do throws(ChildProcess.KeepingFailure) {
        return try supervisor.fork(keeping: shell, identifiedAt: SupervisorInvocation.bashPosition)
      } catch .keeper(.noMemory) {
      } catch {
        throw error
      }
    }
    return try supervisor.start(keeping: shell, identifiedAt: SupervisorInvocation.bashPosition)
  }

  /// Starts another supervisor for a session whose own has died. Bash is this process's child by now.
  package static func replace(_ invocation: SupervisorInvocation) throws(Failure) -> Channels {
    var invocation = invocation
    invocation.takesOver = true
    Failpoint.disarmChildren()
    do throws(Errno) {
      let events = try SocketPair()
      let nowhere = try FileDescriptor.opening("/dev/null", O_RDWR)
      defer { for descriptor in [events.theirs, nowhere] { try? descriptor.close() } }
      var supervisor = supervisor(invocation, events: events.theirs, nowhere: nowhere)
      supervisor.group = .new
      do throws(Errno) {
        let processID = try supervisor.start()
        return Channels(bashProcessID: invocation.bashProcessID, processID: processID, events: events.ours)
      } catch {
        try? events.ours.close()
        throw error
      }
    } catch {
      throw .supervisor(path: supervisorPath, error)
    }
  }

  private static var supervisorPath: String { ExecutablePath.companion("bgsh-supervisor") }

  private static func supervisor(
    _ invocation: SupervisorInvocation, events: FileDescriptor, nowhere: FileDescriptor
  ) -> ChildProcess {
    typealias Number = SupervisorInvocation.Descriptor
    var supervisor = ChildProcess(
      path: supervisorPath, arguments: StringVector(invocation.arguments), environment: .environment())
    // It gets none of the user's descriptors: `out=$(bgsh -c 'make &bg')` must not wait for the supervisor.
    supervisor.closesOthers = true
    supervisor.standsInRoot = true
    for number in 0..<Int32(3) { supervisor.map(nowhere, to: number) }
    supervisor.map(events, to: Number.events)
    if invocation.feed == .terminal { supervisor.map(.standardInput, to: Number.terminal) }
    return supervisor
  }
}

/// The descriptors that a session's processes share.
private struct SharedDescriptors {
  let events: SocketPair
  let startupScript: FileDescriptor
  let source: FileDescriptor?
  let nowhere: FileDescriptor

  init(startupScript: [UInt8], source: [UInt8]?) throws(Errno) {
    events = try SocketPair()
    self.startupScript = try Self.file(holding: startupScript)
    self.source = try source.map { bytes throws(Errno) in try Self.file(holding: bytes) }
    nowhere = try FileDescriptor.opening("/dev/null", O_RDWR)
  }

  private static func file(holding bytes: [UInt8]) throws(Errno) -> FileDescriptor {
    let file = try FileDescriptor.memoryFile(named: "bgsh")
    try file.writeWhole(bytes)
    return file
  }

  func closeTheirs() {
    for descriptor in [events.theirs, startupScript, source, nowhere] {
      try? descriptor?.close()
    }
  }
}

/// Two connected sockets, one of which goes to a child.
private struct SocketPair {
  let ours: FileDescriptor
  let theirs: FileDescriptor

  init() throws(Errno) {
    (ours, theirs) = try FileDescriptor.streamPair()
  }
}
