import CProcess
import Glibc

/// The processes that belong together below one leader, wherever they have moved since.
///
/// A descendant is found by its parents, by the leader's process group or session, or by a mark in its environment:
/// `setsid` and a double fork lose the first ones, `env -i` the last.
package struct ProcessTree: Sendable {
  /// One process and no later one with the same ID.
  package struct Member: Hashable, Sendable {
    package let processID: Int32
    package let startTicks: UInt64

    package init(processID: Int32, startTicks: UInt64) {
      self.processID = processID
      self.startTicks = startTicks
    }

    /// Whether the process exists and has not ended.
    package var isAlive: Bool {
      guard let state = ProcessState(processID: processID), state.startTicks == startTicks else { return false }
      return !state.isZombie
    }

    /// Sends a signal if the process is still the one meant.
    package func send(_ signal: Signal) {
      guard isAlive else { return }
      _ = Glibc.kill(processID, signal.rawValue)
    }
  }

  /// The living members, leader first if it lives.
  package let members: [Member]

  /// Looks at every process of the machine once.
  ///
  /// - Parameters:
  ///   - leader: Whose descendants, group and session belong to the tree.
  ///   - known: Processes seen in the tree before; their descendants, groups and sessions belong to it too.
  ///   - marks: Strings that must all stand in the environment of a process for it to belong, like `NAME=value`.
  ///   - strangers: Process IDs that never belong, nor what is only below them.
  package init(leader: Member, known: [Member], marks: [String], strangers: Set<Int32>) {
    let states = ProcessState.all().filter { !$0.isZombie }
    var children: [Int32: [ProcessState]] = [:]
    for state in states { children[state.parentID, default: []].append(state) }

    let identities = Set(known + [leader])
    let leaderIDs = Set(identities.map(\.processID))
    var found: [Member] = []
    var visited = strangers
    func add(_ state: ProcessState) {
      guard visited.insert(state.processID).inserted else { return }
      found.append(Member(processID: state.processID, startTicks: state.startTicks))
      for child in children[state.processID] ?? [] { add(child) }
    }
    for state in states where identities.contains(Member(processID: state.processID, startTicks: state.startTicks)) {
      add(state)
    }
    for state in states {
      // A group's or session's number stays taken while a member lives, so it still means the leader's.
      if leaderIDs.contains(state.groupID) || leaderIDs.contains(state.sessionID) {
        add(state)
      } else if !visited.contains(state.processID), state.environmentContains(marks) {
        add(state)
      }
    }
    members = found
  }

  package func send(_ signal: Signal) {
    for member in members { member.send(signal) }
  }
}

extension ProcessState {
  /// Every process that can be seen.
  fileprivate static func all() -> [ProcessState] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var states: [ProcessState] = []
    while let entry = readdir(directory) {
      let processID = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { Int32(atoi($0)) }
      }
      if processID > 0, let state = ProcessState(processID: processID) { states.append(state) }
    }
    return states
  }

  fileprivate func environmentContains(_ marks: [String]) -> Bool {
    guard !marks.isEmpty else { return false }
    let file = bgsh_open("/proc/\(processID)/environ", O_RDONLY, 0)
    guard file >= 0 else { return false }
    defer { Glibc.close(file) }
    var environment: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { break }
      environment += buffer[..<count]
    }
    let variables = environment.split(separator: 0)
    return marks.allSatisfy { mark in variables.contains { $0.elementsEqual(mark.utf8) } }
  }

  /// The process IDs of the children, which only the process's own threads can change; empty if it has none or is gone.
  package static func children(of processID: Int32) -> [Int32] {
    let file = bgsh_open("/proc/\(processID)/task/\(processID)/children", O_RDONLY, 0)
    guard file >= 0 else { return [] }
    defer { Glibc.close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &buffer, buffer.count)
    guard count > 0 else { return [] }
    return buffer[..<count].split(separator: UInt8(ascii: " ")).compactMap { digits in
      Int32(String(decoding: digits, as: UTF8.self))
    }
  }
}
