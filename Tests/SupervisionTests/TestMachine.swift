import SystemPackage
import Tasks

@testable import ProcessControl
@testable import Supervision

/// Processes that are rows of a table. SIGTERM and SIGKILL end them at once.
final class TestMachine: Processes, TaskTrees {
  struct Process {
    var parentID: Int32
    /// The task that it belongs to.
    var task: TaskID?
    var ignoresTermination = false
    /// Whether nobody may signal it.
    var isOutOfReach = false
    var isStopped = false
  }

  struct Sent: Hashable, CustomStringConvertible {
    let signal: Signal
    let processID: Int32

    var description: String { "\(signal.rawValue) \(processID)" }
  }

  var processes: [Int32: Process] = [:]
  /// Processes that start the next one and end, faster than a look sees.
  var fleeing: [TaskID: [Int32]] = [:]
  /// Why nothing can be seen.
  var failure: Errno?
  private(set) var sent: [Sent] = []
  private(set) var ended: [Int32] = []
  private(set) var looks = 0
  private var watches: [WeakWatch] = []

  private final class Watch {
    let then: () -> Void

    init(then: @escaping () -> Void) { self.then = then }
  }

  private struct WeakWatch {
    let processID: Int32
    weak var watch: Watch?
  }

  /// What has been sent besides questions whether it could be.
  func sent(_ signal: Signal) -> [Int32] { sent.filter { $0.signal == signal }.map(\.processID).sorted() }

  /// A process ends, and who waits for that is told.
  func end(_ processID: Int32) {
    guard processes.removeValue(forKey: processID) != nil else { return }
    ended.append(processID)
    let due = watches.filter { $0.processID == processID }.compactMap(\.watch)
    watches.removeAll { $0.processID == processID }
    for watch in due { watch.then() }
  }

  // MARK: Processes

  func sighting(of processID: Int32) -> ProcessSighting {
    if let failure { return .unknown(failure) }
    guard let process = processes[processID] else { return .gone }
    return .found(
      ProcessState(
        processID: processID, state: UInt8(ascii: process.isStopped ? "T" : "S"), parentID: process.parentID,
        groupID: processID, sessionID: processID, terminal: 0, startTicks: Self.startTicks(processID)))
  }

  func awaitEnd(of processID: Int32, then: @escaping () -> Void) throws(Errno) -> AnyObject {
    if let failure { throw failure }
    guard processes[processID] != nil else { throw .noSuchProcess }
    let watch = Watch(then: then)
    watches.append(WeakWatch(processID: processID, watch: watch))
    return watch
  }

  static func startTicks(_ processID: Int32) -> UInt64 { UInt64(processID) }

  // MARK: Trees

  func look() throws(Errno) -> any ProcessLook {
    if let failure { throw failure }
    looks += 1
    return Look(processes: processes)
  }

  func hunt(_ id: TaskID, sending signal: Signal) throws(Errno) -> [Member] {
    if let failure { throw failure }
    let found = fleeing.removeValue(forKey: id) ?? []
    for processID in found { processes[processID] = Process(parentID: 1, task: id) }
    let members = found.map { Member($0) }
    send(signal, to: members)
    return members
  }

  @discardableResult
  func send(_ signal: Signal, to members: [Member]) -> (reached: [Member], refusals: [ProcessTree.Refusal]) {
    var (reached, refusals): ([Member], [ProcessTree.Refusal]) = ([], [])
    for member in members {
      guard let process = processes[member.processID] else { continue }
      if process.isOutOfReach {
        refusals.append(.init(member: member, error: .notPermitted))
        continue
      }
      reached.append(member)
      sent.append(Sent(signal: signal, processID: member.processID))
      if signal == .kill || signal == .terminate && !process.ignoresTermination { end(member.processID) }
    }
    return (reached, refusals)
  }

  private struct Look: ProcessLook {
    let processes: [Int32: Process]

    func tree(of task: SupervisedTask) -> [ProcessTree.Member] { members(of: task.id) }

    func remains(of id: TaskID, known: [ProcessTree.Member]) -> [ProcessTree.Member] { members(of: id) }

    func others(besides leaders: Set<Int32>) -> [ProcessTree.Member] {
      processes.filter { $0.value.task == nil && !leaders.contains($0.key) }.keys.sorted().map { .init($0) }
    }

    private func members(of id: TaskID) -> [ProcessTree.Member] {
      processes.filter { $0.value.task == id }.keys.sorted().map { .init($0) }
    }
  }
}

extension ProcessTree.Member {
  /// A process of a ``TestMachine``.
  init(_ processID: Int32) {
    self.init(processID: processID, startTicks: TestMachine.startTicks(processID))
  }
}
