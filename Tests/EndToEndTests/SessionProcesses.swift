import Glibc
import TestSupport

/// The processes of one session, for a test to kill.
struct SessionProcesses {
  let bgsh: Int32
  let supervisor: Int32
  let bash: Int32

  enum Kind: String, CaseIterable, CustomStringConvertible {
    case bgsh, supervisor, bash
    var description: String { rawValue }
  }

  /// Waits until there is exactly one supervisor, other than those that are named, which has begun to answer.
  init(in scratch: ScratchState, except dead: Set<Int32> = []) throws {
    var found: [(Int32, [Substring])] = []
    try waitUntil("a supervisor") {
      found = scratch.survivors.filter { $0.commandLine.hasPrefix("bgsh-supervisor") && !dead.contains($0.processID) }
        .map { ($0.processID, $0.commandLine.split(separator: " ")) }
      return found.count == 1 && FileTree.exists("\(scratch.stateDirectory)/run/\(found[0].1[1])/control")
    }
    let words = found[0].1
    (bgsh, supervisor, bash) = (Int32(words[4]) ?? 0, found[0].0, Int32(words[5]) ?? 0)
  }

  func kill(_ kinds: Kind...) { kill(kinds) }

  func kill(_ kinds: [Kind]) {
    for kind in kinds {
      let processID =
        switch kind {
        case .bgsh: bgsh
        case .supervisor: supervisor
        case .bash: bash
        }
      if processID > 0 { Glibc.kill(processID, SIGKILL) }
    }
  }
}
