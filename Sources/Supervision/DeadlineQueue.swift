import ProcessControl

/// Moments at which something is due, earliest first: a binary heap.
struct DeadlineQueue<Purpose> {
  private var entries: [(instant: MonotonicInstant, purpose: Purpose)] = []

  var earliest: MonotonicInstant? { entries.first?.instant }

  mutating func add(_ purpose: Purpose, at instant: MonotonicInstant) {
    entries.append((instant, purpose))
    var child = entries.count - 1
    while child > 0, entries[child].instant < entries[(child - 1) / 2].instant {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the earliest entry out if its moment has come.
  mutating func popDue(at now: MonotonicInstant) -> Purpose? {
    guard let first = entries.first, first.instant <= now else { return nil }
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].instant < entries[smallest].instant { smallest = child }
      }
      guard smallest != parent else { break }
      entries.swapAt(parent, smallest)
      parent = smallest
    }
    return first.purpose
  }
}
