import CProcess
import Glibc
package import SystemPackage

/// The processes that belong together below one leader, wherever they have moved since.
///
/// A descendant is found by its parents, by the leader's process group or session, by a mark in its environment, or by
/// what it writes to: `setsid` and a double fork lose the first ones, `env -i` the mark, and only a redirection the last.
package struct ProcessTree: Sendable {
  /// One process and no later one with the same ID.
  package struct Member: Hashable, Sendable {
    package let processID: Int32
    package let startTicks: UInt64

    package init(processID: Int32, startTicks: UInt64) {
      self.processID = processID
      self.startTicks = startTicks
    }

    /// What a look at the process shows. A zombie counts as gone, and so does a process whose ID another one has now.
    package var sighting: ProcessSighting {
      let sighting = ProcessSighting.of(processID)
      guard case .found(let state) = sighting else { return sighting }
      return state.startTicks == startTicks && !state.isZombie ? sighting : .gone
    }

    /// Sends a signal, unless the ID is known to be another process's by now. Signal 0 only asks whether one could be sent.
    /// A failure that may pass is met by a second try.
    ///
    /// - Returns: Whether the process was there to receive it.
    /// - Throws: Why it must not be signalled.
    @discardableResult
    package func send(_ signal: Signal) throws(Refusal) -> Bool {
      var sighting = sighting
      if case .unknown = sighting { sighting = self.sighting }
      guard case .found = sighting else { return false }
      do throws(Errno) {
        do throws(Errno) {
          try systemCall { Glibc.kill(processID, signal.rawValue) }
        } catch  where error.isPassing {
          try systemCall { Glibc.kill(processID, signal.rawValue) }
        }
        return true
      } catch {
        if error == .noSuchProcess { return false }
        throw Refusal(member: self, error: error)
      }
    }
  }

  /// A process that could not be signalled, and why. It may have become another user's.
  package struct Refusal: Error, Hashable, Sendable {
    package let member: Member
    package let error: Errno
  }

  /// The living members, leader first if it lives.
  package let members: [Member]

  /// - Parameters:
  ///   - leader: Whose descendants, group and session belong to the tree.
  ///   - known: Processes seen in the tree before; their descendants, groups and sessions belong to it too.
  ///   - marks: The values that the table's variables have in the environment of a process that belongs.
  ///   - outputs: Files to which only members write with their standard output or standard error.
  ///   - strangers: Process IDs that never belong. Their descendants belong only by another sign.
  ///   - since: A start in clock ticks after boot: what the leader, its group or its session has had longer does not belong,
  ///     nor what that has started.
  /// - Throws: Why it cannot be known now which processes belong.
  package init(
    leader: Member, known: [Member], marks: [String], outputs: [FileIdentity], strangers: Set<Int32>,
    since: UInt64 = 0, in table: ProcessTable
  ) throws(Errno) {
    var strangers = strangers
    if since > 0 { strangers.formUnion(table.descendants(of: leader, olderThan: since)) }
    try self.init(roots: [leader] + known, marks: marks, outputs: outputs, strangers: strangers, in: table)
  }

  /// What is left of a tree whose leader has gone. The numbers of the leader, its group and its session tell nothing any
  /// more: other processes may have them.
  package init(
    known: [Member], marks: [String], outputs: [FileIdentity], strangers: Set<Int32>, in table: ProcessTable
  ) throws(Errno) {
    try self.init(roots: known, marks: marks, outputs: outputs, strangers: strangers, in: table)
  }

  private init(
    roots: [Member], marks: [String], outputs: [FileIdentity], strangers: Set<Int32>, in table: ProcessTable
  ) throws(Errno) {
    var found: [Member] = []
    var visited = strangers
    var next: [ProcessState] = []
    func add(_ states: [ProcessState]?) {
      next += states ?? []
      while let state = next.popLast() {
        guard visited.insert(state.processID).inserted else { continue }
        found.append(Member(processID: state.processID, startTicks: state.startTicks))
        next += table.children[state.processID] ?? []
      }
    }
    for member in roots {
      if let state = table.byID[member.processID], state.startTicks == member.startTicks { add([state]) }
    }
    for member in roots {
      // While a member of a group or session lives, no other gets its number. Once all have gone, another process may have
      // it.
      if let other = table.byID[member.processID], other.startTicks != member.startTicks { continue }
      add(table.groups[member.processID])
      add(table.sessions[member.processID])
    }
    add(try table.marked()[marks])
    for output in outputs {
      add(try table.holders()[output]?.filter { !visited.contains($0.state.processID) && $0.isWriter }.map(\.state))
    }
    members = found
  }

  /// Sends a signal to all of them.
  ///
  /// - Returns: Why some could not be sent it.
  @discardableResult
  package func send(_ signal: Signal) -> [Refusal] {
    Self.send(signal, to: members).refusals
  }

  /// Sends a signal to some processes: who has received it, and why others could not be sent it.
  @discardableResult
  package static func send(
    _ signal: Signal, to members: some Collection<Member>
  ) -> (reached: [Member], refusals: [Refusal]) {
    var (reached, refusals): ([Member], [Refusal]) = ([], [])
    for member in members {
      do throws(Refusal) {
        if try member.send(signal) { reached.append(member) }
      } catch {
        refusals.append(error)
      }
    }
    return (reached, refusals)
  }

  /// Who could not be signalled.
  package var outOfReach: [Refusal] { send(Signal(rawValue: 0)) }
}

/// Every living process of the machine at one moment, looked at once, for any number of trees.
package final class ProcessTable {
  fileprivate let byID: [Int32: ProcessState]
  fileprivate let children: [Int32: [ProcessState]]
  fileprivate let groups: [Int32: [ProcessState]]
  fileprivate let sessions: [Int32: [ProcessState]]
  private var knownMarked: [[String]: [ProcessState]]?
  private var knownHolders: [FileIdentity: [OpenFile]]?
  private let variables: [String]
  private let since: UInt64

  /// The values of the variables that there are.
  package func marks() throws(Errno) -> [[String]] { Array(try marked().keys) }

  /// - Parameters:
  ///   - variables: The environment variables that mark a process.
  ///   - since: A start in clock ticks after boot. Marks and outputs of older processes are not looked at.
  /// - Throws: Why it cannot be known now which processes there are.
  package init(markedBy variables: [String], since: UInt64 = 0) throws(Errno) {
    self.variables = variables
    self.since = since
    let states = try ProcessState.all().filter { !$0.isZombie }
    byID = Dictionary(states.map { ($0.processID, $0) }) { first, _ in first }
    children = Dictionary(grouping: states, by: \.parentID)
    groups = Dictionary(grouping: states, by: \.groupID)
    sessions = Dictionary(grouping: states, by: \.sessionID)
  }

  /// What a process, its group or its session had before some start, with all that this has started.
  fileprivate func descendants(of leader: ProcessTree.Member, olderThan since: UInt64) -> Set<Int32> {
    let id = leader.processID
    let own = (children[id] ?? []) + (groups[id] ?? []) + (sessions[id] ?? [])
    var next = own.filter { $0.startTicks < since && $0.processID != id }
    var found: Set<Int32> = []
    while let state = next.popLast() {
      if state.processID != id, found.insert(state.processID).inserted { next += children[state.processID] ?? [] }
    }
    return found
  }

  package func children(of processID: Int32) -> [Int32] {
    (children[processID] ?? []).map(\.processID)
  }

  /// Names of the files that are the standard output or standard error of a process without one of these marks, as far as
  /// they still have a name.
  package func outputPaths(besides marks: [[String]]) throws(Errno) -> [String] {
    let marked = try marked()
    let processIDs = Set(marks.flatMap { marked[$0] ?? [] }.map(\.processID))
    return try holders().values.compactMap { files in
      files.lazy.filter { !processIDs.contains($0.state.processID) }.compactMap(\.path).first
    }
  }

  /// By the values of the variables, of the processes that have them all.
  fileprivate func marked() throws(Errno) -> [[String]: [ProcessState]] {
    if let knownMarked { return knownMarked }
    let prefixes = variables.map { Array("\($0)=".utf8) }
    var marked: [[String]: [ProcessState]] = [:]
    var buffer = [UInt8](repeating: 0, count: 65536)
    for state in byID.values where state.startTicks >= since {
      guard let values = try state.environmentValues(of: prefixes, &buffer) else { continue }
      marked[values, default: []].append(state)
    }
    knownMarked = marked
    return marked
  }

  /// By the files that are their standard output or standard error.
  fileprivate func holders() throws(Errno) -> [FileIdentity: [OpenFile]] {
    if let knownHolders { return knownHolders }
    var holders: [FileIdentity: [OpenFile]] = [:]
    for state in byID.values where state.startTicks >= since {
      guard let directory = try state.open("fd", O_RDONLY | O_DIRECTORY) else { continue }
      defer { Glibc.close(directory) }
      for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
        guard let file = FileIdentity(link: String(descriptor), in: directory) else { continue }
        holders[file, default: []].append(OpenFile(state: state, descriptor: descriptor))
      }
    }
    knownHolders = holders
    return holders
  }
}

/// What a process has open under a number.
private struct OpenFile {
  let state: ProcessState
  let descriptor: Int32

  private var link: String { "/proc/\(state.processID)/fd/\(descriptor)" }

  /// Whether it is open for writing: the permissions of the link tell.
  var isWriter: Bool {
    var information = stat()
    return lstat(link, &information) == 0 && information.st_mode & S_IWUSR != 0
  }

  /// Its name, as the kernel knows it.
  var path: String? { linkTarget(of: link) }
}

extension ProcessState {
  /// Every process that can be seen.
  fileprivate static func all() throws(Errno) -> [ProcessState] {
    var states: [ProcessState] = []
    for name in try DirectoryListing.names(in: "/proc") {
      guard let processID = Int32(name) else { continue }
      switch ProcessSighting.of(processID) {
      case .found(let state): states.append(state)
      case .gone: continue
      // The kernel may be told to hide processes of other users. No task has any of them.
      case .unknown(let error): if error.isPassing { throw error }
      }
    }
    return states
  }

  /// Opens a file of the process in `/proc`; nil where the process has gone, or this user may not open it.
  fileprivate func open(_ name: String, _ flags: Int32) throws(Errno) -> Int32? {
    do throws(Errno) {
      return try systemCall { bgsh_open("/proc/\(processID)/\(name)", flags, 0) }
    } catch {
      if error.isPassing { throw error }
      return nil
    }
  }

  /// The values of variables that the process was started with; nil unless it has them all.
  ///
  /// - Parameters:
  ///   - prefixes: Their names, each with `=`.
  ///   - buffer: Room for an environment, which grows as need be.
  func environmentValues(of prefixes: [[UInt8]], _ buffer: inout [UInt8]) throws(Errno) -> [String]? {
    guard let file = try open("environ", O_RDONLY) else { return nil }
    defer { Glibc.close(file) }
    var length = 0
    while true {
      let room = buffer.count - length
      let count: Int
      do throws(Errno) {
        count = try systemCall {
          buffer.withUnsafeMutableBytes { read(file, $0.baseAddress?.advanced(by: length), room) }
        }
      } catch {
        if error.isPassing { throw error }
        return nil
      }
      length += count
      guard count == room else { break }
      buffer += [UInt8](repeating: 0, count: room)
    }
    return buffer.withUnsafeBytes { bytes in
      let variables = bytes[..<length].split(separator: 0)
      var values: [String] = []
      for prefix in prefixes {
        guard let variable = variables.first(where: { $0.starts(with: prefix) }) else { return nil }
        values.append(String(decoding: variable.dropFirst(prefix.count), as: UTF8.self))
      }
      return values
    }
  }

  /// Whether this process belongs to a leader that may have gone by now: by its group or session, by a mark in its environment
  /// or by what it writes to.
  package func belongs(
    toLeader processID: Int32, variables: [String], marks: [String], outputs: [FileIdentity]
  ) throws(Errno) -> Bool {
    if groupID == processID || sessionID == processID { return true }
    var buffer = [UInt8](repeating: 0, count: 16384)
    if let values = try environmentValues(of: variables.map { Array("\($0)=".utf8) }, &buffer) {
      return values == marks
    }
    return try writes(to: outputs)
  }

  /// Whether standard output or standard error is one of these files, open for writing.
  func writes(to files: [FileIdentity]) throws(Errno) -> Bool {
    guard !files.isEmpty, let directory = try open("fd", O_RDONLY | O_DIRECTORY) else { return false }
    defer { Glibc.close(directory) }
    return [STDOUT_FILENO, STDERR_FILENO].contains { descriptor in
      FileIdentity(link: String(descriptor), in: directory).map(files.contains) == true
        && OpenFile(state: self, descriptor: descriptor).isWriter
    }
  }

  /// The process IDs of the children, which only the process's own threads can change; empty if it has none or is gone.
  ///
  /// - Throws: Why they cannot be known now.
  package static func children(of processID: Int32) throws(Errno) -> [Int32] {
    do throws(Errno) {
      let file = FileDescriptor(
        rawValue: try systemCall { bgsh_open("/proc/\(processID)/task/\(processID)/children", O_RDONLY, 0) })
      defer { try? file.close() }
      return try file.readToEnd().split(separator: UInt8(ascii: " ")).compactMap { digits in
        Int32(String(decoding: digits, as: UTF8.self))
      }
    } catch {
      if error.isPassing { throw error }
      return []
    }
  }
}
