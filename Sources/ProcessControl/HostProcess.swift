import CProcess
import Glibc
import SystemPackage

/// The program that has started another for its own use, as an agent does with what serves it and with what it calls at
/// events.
///
/// Between the two there may be programs that only hand on what they were given, such as `sh -c`: they have the same
/// standard input as the one that they start.
package struct HostProcess: Hashable, Sendable {
  package let processID: Int32
  /// With the process ID this names one process and no other, until the next boot.
  package let startTicks: UInt64

  /// Finds the host of a process; nil where it has none any more, or nothing can be known.
  package static func of(_ processID: Int32) -> HostProcess? {
    guard var candidate = ProcessSighting.of(processID).state.flatMap({ parent(of: $0) }) else { return nil }
    guard let input = StandardInput(of: processID) else { return HostProcess(candidate) }
    while StandardInput(of: candidate.processID) == input {
      guard let next = parent(of: candidate) else { return nil }
      candidate = next
    }
    return HostProcess(candidate)
  }

  /// The host of a process; where that is a shell which has an input of its own from somebody, as a script that hands on
  /// what it has read, the shell's host too, and so on.
  package static func candidates(of processID: Int32) -> [HostProcess] {
    var found: [HostProcess] = []
    var next = of(processID)
    while let host = next, found.count < mostCandidates {
      found.append(host)
      let isHandingOn = isShell(host.processID) && StandardInput(of: host.processID) != nil
      next = isHandingOn ? of(host.processID) : nil
    }
    return found
  }

  private static let mostCandidates = 4

  private init(_ state: ProcessState) {
    processID = state.processID
    startTicks = state.startTicks
  }

  private static func parent(of state: ProcessState) -> ProcessState? {
    state.parentID > 1 ? ProcessSighting.of(state.parentID).state : nil
  }

  private static let shells: Set = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox"]

  private static func isShell(_ processID: Int32) -> Bool {
    guard let file = try? FileDescriptor.opening("/proc/\(processID)/comm", O_RDONLY) else { return false }
    defer { try? file.close() }
    guard let name = try? file.readSome(upTo: 32) else { return false }
    return shells.contains(String(decoding: name.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}

/// A pipe or a socket that is somebody's standard input: the same for those who have handed it on.
private struct StandardInput: Equatable {
  let device: UInt64
  let number: UInt64

  /// nil for what is neither, and for what may not be looked at.
  init?(of processID: Int32) {
    var information = stat()
    guard stat("/proc/\(processID)/fd/0", &information) == 0,
      [S_IFIFO, S_IFSOCK].contains(information.st_mode & S_IFMT)
    else { return nil }
    device = UInt64(information.st_dev)
    number = UInt64(information.st_ino)
  }
}

/// Agents below which scripts run.
extension HostProcess {
  /// The processes above one, the nearest first.
  package static func ancestors(of processID: Int32) -> [HostProcess] {
    var found: [HostProcess] = []
    var state = ProcessSighting.of(processID).state
    while let current = state, found.count < mostAncestors, let parent = parent(of: current) {
      found.append(HostProcess(parent))
      state = parent
    }
    return found
  }

  private static let mostAncestors = 32

  /// As records have them: `/PID-TICKS/PID-TICKS/`.
  package static func path(_ hosts: [HostProcess]) -> String {
    "/" + hosts.map { "\($0.processID)-\($0.startTicks)/" }.joined()
  }

  /// The first of them that has a connection.
  package static func nearestServed(in path: String) -> HostProcess? {
    for word in path.split(separator: "/") {
      let numbers = word.split(separator: "-")
      guard numbers.count == 2, let processID = Int32(numbers[0]), let startTicks = UInt64(numbers[1]) else { continue }
      let host = HostProcess(processID: processID, startTicks: startTicks)
      if host.isServed { return host }
    }
    return nil
  }

  /// The sockets of those that serve it: each takes a name that is free. They are in the abstract namespace, so nothing has
  /// to be written, or cleaned up; and who knows the host needs to look for nothing.
  package var socketNames: [String] {
    (0..<Self.mostConnections).map { "bgsh-hook-\(geteuid())-\(processID)-\(startTicks)-\($0)" }
  }

  /// Of one host. Those beyond tell what is due in results only.
  private static let mostConnections = 16

  /// Whether somebody of this user serves it now.
  private var isServed: Bool {
    socketNames.prefix(Self.looks).contains { name in
      guard let socket = resultOrNil({ bgsh_connect_abstract(name) }) else { return false }
      Glibc.close(socket)
      return true
    }
  }

  /// The first one may have been there to look what is offered, and have gone.
  private static let looks = 4

  private init(processID: Int32, startTicks: UInt64) {
    self.processID = processID
    self.startTicks = startTicks
  }
}
