import CProcess
package import SystemPackage

/// What `wait4` says of a child.
package enum WaitStatus: Hashable, Sendable {
  case exited(code: Int32)
  case signaled(Signal)
  case stopped(Signal)
  case continued

  /// Decodes a raw status of `wait4`.
  package init(rawStatus: Int32) {
    if bgsh_status_is_stopped(rawStatus) != 0 {
      self = .stopped(Signal(rawValue: bgsh_status_stop_signal(rawStatus)))
    } else if bgsh_status_is_continued(rawStatus) != 0 {
      self = .continued
    } else if bgsh_status_is_signaled(rawStatus) != 0 {
      self = .signaled(Signal(rawValue: bgsh_status_signal(rawStatus)))
    } else {
      self = .exited(code: bgsh_status_exit_code(rawStatus))
    }
  }

  /// Whether the process is gone.
  package var isFinal: Bool {
    switch self {
    case .exited, .signaled: true
    case .stopped, .continued: false
    }
  }

  /// The status as a shell gives it in `$?`: 128+N for signal N.
  package var shellStatus: Int32 {
    switch self {
    case .exited(let code): code
    case .signaled(let signal), .stopped(let signal): 128 + signal.rawValue
    case .continued: 0
    }
  }
}

/// A child that has changed, as `wait4` reported it.
package struct ReapedChild: Sendable {
  package let processID: Int32
  /// As `wait4` gave it.
  package let rawStatus: Int32
  package let usage: ResourceUsage

  package var status: WaitStatus { WaitStatus(rawStatus: rawStatus) }

  package init(processID: Int32, rawStatus: Int32, usage: ResourceUsage) {
    self.processID = processID
    self.rawStatus = rawStatus
    self.usage = usage
  }

  /// The next child of this process that has ended, stopped or gone on, or nil if none has. Never blocks.
  package static func next() -> ReapedChild? {
    (try? read { bgsh_reap(&$0, &$1) }) ?? nil
  }

  /// What ``next()`` would give, which it still gives afterwards: a child that has ended stays a zombie, whose status
  /// goes to another parent if this process dies.
  ///
  /// - Throws: Why that cannot be known now.
  package static func peek() throws(Errno) -> ReapedChild? {
    try read { bgsh_peek(&$0, &$1) }
  }

  /// What one child has become, or nil if nothing. Never blocks.
  @discardableResult
  package static func reap(_ processID: Int32) throws(Errno) -> ReapedChild? {
    try read { bgsh_reap_child(processID, &$0, &$1) }
  }

  private static func read(_ call: (inout Int32, inout bgsh_usage) -> Int32) throws(Errno) -> ReapedChild? {
    var status: Int32 = 0
    var usage = bgsh_usage()
    let processID: Int32
    do throws(Errno) {
      processID = try systemCall { call(&status, &usage) }
    } catch .noChildProcess {
      return nil
    }
    guard processID > 0 else { return nil }
    return ReapedChild(
      processID: processID,
      rawStatus: status,
      usage: ResourceUsage(
        userMilliseconds: usage.user_microseconds / 1000,
        systemMilliseconds: usage.system_microseconds / 1000,
        peakMemoryKiB: usage.peak_memory_kib))
  }
}

/// The resources that a process and its reaped descendants used.
package struct ResourceUsage: Hashable, Sendable {
  package var userMilliseconds: Int64
  package var systemMilliseconds: Int64
  /// The peak of the largest single process, in KiB.
  package var peakMemoryKiB: Int64

  package init(userMilliseconds: Int64, systemMilliseconds: Int64, peakMemoryKiB: Int64) {
    self.userMilliseconds = userMilliseconds
    self.systemMilliseconds = systemMilliseconds
    self.peakMemoryKiB = peakMemoryKiB
  }
}
