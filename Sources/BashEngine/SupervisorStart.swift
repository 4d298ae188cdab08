import Glibc
package import ProcessControl
package import SystemPackage
package import Tasks

/// Starts a session's supervisor and, as its child, the session's bash.
package struct SupervisorStart: ~Copyable {
  package let invocation: SupervisorInvocation
  package let glue: Glue
  /// What bash finds in the file of its source; nil for no such file.
  package let source: [UInt8]?
  package let bashPath: String
  /// The name and the arguments of bash.
  package var bash: StringVector
  package var environment: StringVector

  package init(
    invocation: SupervisorInvocation, glue: Glue, source: [UInt8]?, bashPath: String, bash: consuming StringVector,
    environment: consuming StringVector
  ) {
    self.invocation = invocation
    self.glue = glue
    self.source = source
    self.bashPath = bashPath
    self.bash = bash
    self.environment = environment
  }

  /// This process's ends of the descriptors that it shares with its session; they close on exec.
  package struct Channels: Sendable {
    package let bashProcessID: Int32
    /// Lines of ``SupervisorEvent``; closing it tells the supervisor that bgsh has ended.
    package let events: FileDescriptor
  }

  /// Why there is no session.
  package enum Failure: Error, CustomStringConvertible {
    case bash(path: String, Errno)
    case supervisor(path: String, Errno)
    case resources(Errno)

    package var description: String {
      switch self {
      case .bash(let path, let error): "cannot run '\(path)': \(error); name a bash with BGSH_SHELL"
      case .supervisor(let path, let error): "cannot run '\(path)': \(error); install bgsh again"
      case .resources(let error): "cannot start a session: \(error)"
      }
    }
  }

  /// Starts both.
  package consuming func start() throws(Failure) -> Channels {
    typealias Number = SupervisorInvocation.Descriptor
    let shared: SharedDescriptors
    do throws(Errno) {
      shared = try SharedDescriptors(glue: glue.source, source: source)
    } catch {
      throw .resources(error)
    }
    defer { shared.closeTheirs() }
    let supervisorPath = ExecutablePath.companion("bgsh-supervisor")
    var supervisor = ChildProcess(
      path: supervisorPath, arguments: StringVector(invocation.arguments), environment: .environment())
    // Nothing of the user's: `out=$(bgsh -c 'make &bg')` must not wait for the supervisor.
    supervisor.closesOthers = true
    for number in 0..<Int32(3) { supervisor.map(shared.nowhere, to: number) }
    supervisor.map(shared.events.theirs, to: Number.events)
    let bashPath = bashPath
    let isOnTerminal = invocation.feed == .terminal
    var shell = ChildProcess(path: bashPath, arguments: bash, environment: environment)
    shell.map(shared.glue, to: Number.glue)
    if let source = shared.source { shell.map(source, to: Number.source) }
    if isOnTerminal {
      supervisor.map(.standardInput, to: Number.terminal)
      shell.group = .new
      shell.foregroundTerminal = .standardInput
    } else {
      // Without a terminal to share out, bash is in this process's group, so that Ctrl-C and Ctrl-Z reach both.
      shell.group = .existing(getpgrp())
    }
    do throws(ChildProcess.KeepingFailure) {
      let processes = try supervisor.start(keeping: shell, identifiedAt: SupervisorInvocation.bashPosition)
      return Channels(bashProcessID: processes.kept, events: shared.events.ours)
    } catch {
      switch error {
      case .keeper(let error): throw .supervisor(path: supervisorPath, error)
      case .kept(let error): throw .bash(path: bashPath, error)
      }
    }
  }
}

/// What a session's processes share: the ends that stay here and those that go to them.
private struct SharedDescriptors {
  let events: SocketPair
  let glue: FileDescriptor
  let source: FileDescriptor?
  let nowhere: FileDescriptor

  init(glue: [UInt8], source: [UInt8]?) throws(Errno) {
    events = try SocketPair()
    self.glue = try Self.file(holding: glue)
    self.source = try source.map { bytes throws(Errno) in try Self.file(holding: bytes) }
    nowhere = try FileDescriptor.opening("/dev/null", O_RDWR)
  }

  private static func file(holding bytes: [UInt8]) throws(Errno) -> FileDescriptor {
    let file = try FileDescriptor.memoryFile(named: "bgsh")
    try file.writeWhole(bytes)
    return file
  }

  func closeTheirs() {
    for descriptor in [events.theirs, glue, source, nowhere] {
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
