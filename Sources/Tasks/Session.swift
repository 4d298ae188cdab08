package import ProcessControl

/// One bgsh, from start to exit, as the store knows it.
package struct Session: Hashable, Sendable {
  /// What kind of reader its notifications have.
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case interactive
    case script
    /// A script that wants nothing told, by anybody.
    case silent
  }

  package let id: SessionID
  package var kind: Kind
  /// The process ID of `bgsh` itself, not of its bash.
  package var shellProcessID: Int32
  /// With the process ID and the boot this names one process and no other.
  package var shellStartTicks: UInt64?
  package var bootID: String?
  /// The terminal's device file.
  package var terminal: String?
  /// The process ID of its bash, if that is known.
  package var bashProcessID: Int32?
  /// The session in which it was started.
  package var origin: SessionID?
  /// The processes above a script, the nearest first, as ``HostProcess/path(_:)`` writes them: what runs below an agent, that
  /// one tells of.
  package var hosts: String?
  package var startedAt: Timestamp
  /// When its shell went; its supervisor may live on.
  package var endedAt: Timestamp?

  /// Describes a session; what is not given about the shell's process is read from `/proc`.
  package init(
    id: SessionID, kind: Kind, shellProcessID: Int32, shellStartTicks: UInt64? = nil, bootID: String? = nil,
    terminal: String? = nil, bashProcessID: Int32? = nil, origin: SessionID? = nil, hosts: String? = nil,
    startedAt: Timestamp = .now,
    endedAt: Timestamp? = nil
  ) {
    self.id = id
    self.kind = kind
    self.shellProcessID = shellProcessID
    self.shellStartTicks = shellStartTicks ?? ProcessSighting.of(shellProcessID).state?.startTicks
    self.bootID = bootID ?? Boot.identifier
    self.terminal = terminal
    self.bashProcessID = bashProcessID
    self.origin = origin
    self.hosts = hosts
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}

extension Session {
  /// Whether the process of the session's shell still runs, where this process sees it.
  package var hasShell: Bool {
    Boot.hasProcess(shellProcessID, startTicks: shellStartTicks, bootID: bootID)
  }
}
