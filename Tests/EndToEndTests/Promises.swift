import Glibc
import TestSupport
import Testing

/// What holds of every state directory, whoever was killed and whenever.
struct Promises {
  private let scratch: ScratchState
  private let mayBeLost: Bool

  /// - Parameter mayBeLost: Whether a supervisor was killed, so that nobody may know how a task ended.
  init(of scratch: ScratchState, mayBeLost: Bool = false) {
    self.scratch = scratch
    self.mayBeLost = mayBeLost
  }

  /// Checks the records, the notifications, the files and the processes against one another.
  ///
  /// What has just ended is about to be recorded, and what has nothing more to do is about to end.
  func check(at location: SourceLocation = #_sourceLocation) throws {
    var complaints: [String] = []
    try? waitUntil("everything fits together") {
      complaints = try self.complaints()
      return complaints.isEmpty
    }
    #expect(complaints == [], sourceLocation: location)
  }

  private func complaints() throws -> [String] {
    let records = try scratch.records()
    let history = try JSON(parsing: try scratch.bgsh("notifications", "--history", "--json").standardOutput).elements
    var complaints: [String] = []
    var ids: Set<Int64> = []
    for record in records {
      guard case .number(let id) = record["id"] else { continue }
      let state = record["state"]
      let isFinal = ["exited", "killed", "timed-out", "skipped", "lost"].contains(state)
      if !ids.insert(id).inserted { complaints.append("@\(id) is two tasks") }
      if isFinal != (record["ended_at"] != .null) { complaints.append("@\(id) has neither ended nor not") }
      if state == "lost", !mayBeLost { complaints.append("@\(id) is lost") }
      if !isFinal, !hasProcess(record) { complaints.append("@\(id) is \(state), and has no process") }
      let ends = history.filter {
        $0["task_id"] == .number(id) && $0["event"] != "waiting-for-input" && $0["event"] != "limited"
      }
      if ends.count != (isFinal ? 1 : 0) {
        complaints.append("@\(id) is \(state), its end announced \(ends.count) times")
      }
    }
    for entry in history {
      guard case .number(let id) = entry["task_id"], !ids.contains(id) else { continue }
      complaints.append("@\(id) is announced, and not on record")
    }
    return complaints + idlers(records)
  }

  private func hasProcess(_ record: JSON) -> Bool {
    guard case .number(let processID) = record["pid"] else { return false }
    return kill(Int32(processID), 0) == 0
  }

  /// Without a shell nothing runs but tasks and supervisors of tasks that run; no directory is left without an owner.
  private func idlers(_ records: [JSON]) -> [String] {
    let survivors = scratch.survivors
    var idlers: [String] = []
    for name in FileTree.names(in: "\(scratch.stateDirectory)/run")
    where !survivors.contains(where: { $0.commandLine.contains(name) }) {
      idlers.append("run/\(name) has no owner")
    }
    for survivor in survivors {
      let words = survivor.commandLine.split(separator: " ")
      guard words.first == "bgsh-supervisor", words.count > 4 else { continue }
      let hasShell = survivors.contains { $0.processID == Int32(words[4]) }
      let hasTask = records.contains { $0["ended_at"] == .null && $0["session"] == .string(String(words[1])) }
      if !hasShell && !hasTask { idlers.append("\(survivor) has nothing to do") }
    }
    return idlers
  }
}
