import Glibc
package import SystemPackage

/// A search for processes each of which starts the next one and ends, faster than one look at all processes takes.
///
/// It looks at the newest first. It signals each that belongs as soon as it sees it, so that this one starts no other.
package struct ProcessHunt {
  private let prefixes: [[UInt8]]
  private let marks: [String]
  private let outputs: [FileIdentity]
  private let strangers: Set<Int32>
  private let since: UInt64

  /// - Parameters:
  ///   - variables: The environment variables that mark a process.
  ///   - marks: The values that they have in one that belongs.
  ///   - outputs: Files to which only members write with their standard output or standard error.
  ///   - strangers: Process IDs that never belong.
  ///   - since: A start in clock ticks after boot. Older processes do not belong.
  package init(
    markedBy variables: [String], marks: [String], outputs: [FileIdentity], strangers: Set<Int32>, since: UInt64
  ) {
    prefixes = variables.map { Array("\($0)=".utf8) }
    self.marks = marks
    self.outputs = outputs
    self.strangers = strangers
    self.since = since
  }

  /// Looks until many looks in a row find nothing: one look may fall between two processes. All looks but the first are
  /// quick, since they take in only the processes that have come since.
  ///
  /// - Parameters:
  ///   - signal: One after which a process starts nothing more: SIGSTOP or SIGKILL.
  ///   - known: Processes that are left alone.
  /// - Returns: What was found, out of reach or not.
  /// - Throws: Why it cannot be known now which processes there are.
  package func run(
    sending signal: Signal, besides known: [ProcessTree.Member] = []
  ) throws(Errno) -> [ProcessTree.Member] {
    var found: [ProcessTree.Member] = []
    var seen = strangers.union(known.map(\.processID))
    var buffer = [UInt8](repeating: 0, count: 65536)
    var looksInVain = 0
    for _ in 0..<Self.mostLooks where looksInVain < Self.looksInVain {
      looksInVain += 1
      let processIDs = try DirectoryListing.names(in: "/proc").compactMap { Int32($0) }
      for processID in processIDs.sorted(by: >) where seen.insert(processID).inserted {
        guard let member = try member(processID, &buffer) else { continue }
        _ = try? member.send(signal)
        found.append(member)
        looksInVain = 0
      }
    }
    return found
  }

  private func member(_ processID: Int32, _ buffer: inout [UInt8]) throws(Errno) -> ProcessTree.Member? {
    let state: ProcessState
    switch ProcessSighting.of(processID) {
    case .found(let found): state = found
    case .gone: return nil
    case .unknown(let error):
      if error.isPassing { throw error }
      return nil
    }
    guard state.startTicks >= since, !state.isZombie else { return nil }
    let isMarked = try state.environmentValues(of: prefixes, &buffer) == marks
    if !isMarked, try !state.writes(to: outputs) { return nil }
    return ProcessTree.Member(processID: processID, startTicks: state.startTicks)
  }

  /// After so many looks in vain the search ends, and after so many looks in all.
  private static let looksInVain = 20
  private static let mostLooks = 200
}
