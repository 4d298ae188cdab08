import ProcessControl
import Tasks

/// The launches that are under way, and those who wait until they are on record or have failed.
final class Settlement {
  private let timers: Timers
  /// Ids that shells have taken and no task has come for yet, and when that was seen.
  private var taken: [TaskID: MonotonicInstant] = [:]
  /// Those of them that have been waited for long enough.
  private var overdue: Set<TaskID> = []
  private var waiting: [Waiter] = []
  private lazy var patienceTimer = timers.timer { [unowned self] in giveUp() }
  /// It wakes the loop, which looks whether anything is left to wait for.
  private lazy var silenceTimer = timers.timer {}

  private struct Waiter {
    var awaited: Set<TaskID>
    let deadline: MonotonicInstant
    let then: () -> Void
  }

  init(timers: Timers) {
    self.timers = timers
  }

  /// The ids for which no task has come yet.
  var ids: Dictionary<TaskID, MonotonicInstant>.Keys { taken.keys }
  var isEmpty: Bool { taken.isEmpty }

  func isUnderWay(_ id: TaskID) -> Bool { taken[id] != nil }

  /// Whether an id was taken, not long ago, whose task may still come.
  var expectsTasks: Bool {
    let now = timers.now()
    return taken.values.contains { now < $0.advanced(milliseconds: Patience.registrationMilliseconds) }
  }

  /// A shell has taken an id.
  func begin(_ id: TaskID) {
    let now = timers.now()
    taken[id] = now
    silenceTimer.set(at: now.advanced(milliseconds: Patience.registrationMilliseconds))
  }

  /// A launch is on record, or has failed.
  func end(_ id: TaskID) {
    taken[id] = nil
    overdue.remove(id)
    for index in waiting.indices { waiting[index].awaited.remove(id) }
    let done = waiting.filter(\.awaited.isEmpty)
    waiting.removeAll(where: \.awaited.isEmpty)
    for waiter in done { waiter.then() }
  }

  /// Calls `then` when every launch that is under way now has ended, but does not wait for long.
  func wait(then: @escaping () -> Void) {
    let awaited = Set(taken.keys).subtracting(overdue)
    guard !awaited.isEmpty else { return then() }
    let deadline = timers.now().advanced(milliseconds: Patience.settleMilliseconds)
    waiting.append(Waiter(awaited: awaited, deadline: deadline, then: then))
    patienceTimer.set(at: waiting[0].deadline)
  }

  /// Lets those go on who have waited long enough for launches that never came.
  private func giveUp() {
    let now = timers.now()
    let done = waiting.filter { $0.deadline <= now }
    waiting.removeAll { $0.deadline <= now }
    // They may still come; nobody waits for them again.
    for waiter in done { overdue.formUnion(waiter.awaited) }
    if let next = waiting.first { patienceTimer.set(at: next.deadline) }
    for waiter in done { waiter.then() }
  }
}
