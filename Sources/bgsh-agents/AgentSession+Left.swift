import Agents
import Glibc
import ProcessControl
import TaskOperations

/// What calls leave running. It is said, listed and told of when it ends; the supervisor ends it with the connection.
extension AgentSession {
  /// What a call has started that is there now: no shell, nothing of a task's, and nothing that an earlier process has started.
  func findLeft(by call: ForegroundCall) -> [LeftProcess] {
    guard let host else { return [] }
    let shells = Set([call.runner, call.copyProcessID, shell?.processID].compactMap { $0 })
    var found = host.descendants().subtracting(call.earlier).filter { !shells.contains($0.processID) }
    guard !found.isEmpty else { return [] }
    let earlier = Set(call.earlier.map(\.processID)).subtracting(shells)
    found = found.filter { !hasAncestor(in: earlier, $0, of: host) }
    if !found.isEmpty, let tasks = try? membersOfTasks(host) { found.subtract(tasks) }
    return found.sorted { $0.processID < $1.processID }.map { LeftProcess($0) }.filter(\.isThere)
  }

  private func hasAncestor(in processIDs: Set<Int32>, _ member: ProcessTree.Member, of host: ShellHost) -> Bool {
    var next = member.processID
    while let parent = ProcessSighting.of(next).state?.parentID, parent > 1, parent != host.supervisorProcessID {
      if processIDs.contains(parent) { return true }
      next = parent
    }
    return false
  }

  /// Keeps an eye on them.
  func watch(_ left: [LeftProcess]) {
    for process in left.prefix(max(0, Self.mostWatched - leftProcesses.count)) {
      leftProcesses.append(process)
      process.watch(in: loop) { [unowned self] process in
        endedProcesses.append(process)
        leftProcesses.removeAll { $0 === process }
        notified()
      }
    }
  }

  private static let mostWatched = 100

  /// Those that are there.
  var livingLeft: [LeftProcess] { leftProcesses.filter(\.isThere) }

  /// What is to be told of those that have ended, once; nil for nothing.
  func takeEndsOfLeft() -> String? {
    guard !endedProcesses.isEmpty else { return nil }
    defer { endedProcesses = [] }
    return "[left running by earlier calls, and ended by now: \(Self.list(endedProcesses))]"
  }

  static func list(_ processes: [LeftProcess]) -> String {
    let shown = processes.prefix(mostShown).map(\.text).joined(separator: "; ")
    return processes.count > mostShown ? "\(shown); and \(processes.count - mostShown) more" : shown
  }

  private static let mostShown = 10
}
