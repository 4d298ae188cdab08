import ProcessControl
import Tasks

/// What is due at some moment, with what is to be done then. Each timer is due once, at the moment that it was last set to.
final class Timers {
  /// What time it is.
  let now: () -> MonotonicInstant
  private var queue = DeadlineQueue<Entry>()

  init(now: @escaping () -> MonotonicInstant = { .now }) {
    self.now = now
  }

  /// Makes a timer for one thing.
  func timer(_ act: @escaping () -> Void) -> Timer { Timer(timers: self, purpose: Purpose { _ in act() }) }

  /// Makes a timer for one thing about each task.
  func taskTimer(_ act: @escaping (TaskID) -> Void) -> TaskTimer {
    TaskTimer(
      timers: self,
      purpose: Purpose { id in
        if let id { act(id) }
      })
  }

  /// How long until the next one is due, in milliseconds; nil if none is set.
  var pause: Int64? { queue.earliest.map { max(0, now().milliseconds(until: $0)) } }

  /// Does what is due.
  func run() {
    let now = now()
    while let entry = queue.popDue(at: now) { entry.purpose.act(entry.task) }
  }

  fileprivate func set(_ entry: Entry, at instant: MonotonicInstant) { queue.add(entry, at: instant) }

  fileprivate func cancel(_ entry: Entry) { queue.cancel(entry) }

  /// What is to be done, known by its identity.
  fileprivate final class Purpose {
    let act: (TaskID?) -> Void

    init(_ act: @escaping (TaskID?) -> Void) {
      self.act = act
    }
  }

  fileprivate struct Entry: Hashable {
    let purpose: Purpose
    let task: TaskID?

    static func == (left: Entry, right: Entry) -> Bool { left.purpose === right.purpose && left.task == right.task }

    func hash(into hasher: inout Hasher) {
      hasher.combine(ObjectIdentifier(purpose))
      hasher.combine(task)
    }
  }

  /// One thing that is to be done at some moment.
  struct Timer {
    fileprivate unowned let timers: Timers
    fileprivate let purpose: Purpose

    func set(at instant: MonotonicInstant) { timers.set(Entry(purpose: purpose, task: nil), at: instant) }

    func set(in milliseconds: Int64) { set(at: timers.now().advanced(milliseconds: milliseconds)) }

    func cancel() { timers.cancel(Entry(purpose: purpose, task: nil)) }
  }

  /// One thing that is to be done about a task at some moment.
  struct TaskTimer {
    fileprivate unowned let timers: Timers
    fileprivate let purpose: Purpose

    func set(_ id: TaskID, at instant: MonotonicInstant) { timers.set(Entry(purpose: purpose, task: id), at: instant) }

    func set(_ id: TaskID, in milliseconds: Int64) { set(id, at: timers.now().advanced(milliseconds: milliseconds)) }

    func cancel(_ id: TaskID) { timers.cancel(Entry(purpose: purpose, task: id)) }
  }
}
