import ProcessControl

/// Moments at which something is due, earliest first, one for each purpose: a binary heap.
struct DeadlineQueue<Purpose: Hashable> {
  private var entries: [(instant: MonotonicInstant, purpose: Purpose)] = []
  /// Where the entry of each purpose is.
  private var places: [Purpose: Int] = [:]

  var earliest: MonotonicInstant? { entries.first?.instant }
  var count: Int { entries.count }

  /// Says when something is due, in place of what was said of it before.
  mutating func add(_ purpose: Purpose, at instant: MonotonicInstant) {
    cancel(purpose)
    entries.append((instant, purpose))
    places[purpose] = entries.count - 1
    rise(from: entries.count - 1)
  }

  /// Forgets what was to be done for a purpose.
  mutating func cancel(_ purpose: Purpose) {
    guard let place = places[purpose] else { return }
    take(at: place)
  }

  /// Takes the earliest entry out if its moment has come.
  mutating func popDue(at now: MonotonicInstant) -> Purpose? {
    guard let first = entries.first, first.instant <= now else { return nil }
    take(at: 0)
    return first.purpose
  }

  private mutating func take(at place: Int) {
    swap(place, entries.count - 1)
    places[entries.removeLast().purpose] = nil
    guard place < entries.count else { return }
    rise(from: place)
    sink(from: place)
  }

  private mutating func rise(from place: Int) {
    var child = place
    while child > 0, entries[child].instant < entries[(child - 1) / 2].instant {
      swap(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func sink(from place: Int) {
    var parent = place
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].instant < entries[smallest].instant { smallest = child }
      }
      guard smallest != parent else { return }
      swap(parent, smallest)
      parent = smallest
    }
  }

  private mutating func swap(_ left: Int, _ right: Int) {
    entries.swapAt(left, right)
    places[entries[left].purpose] = left
    places[entries[right].purpose] = right
  }
}
