import ProcessControl

/// What is to be done later, by the one thread that there is.
final class Clock {
  private var alarms: [Int: (at: MonotonicInstant, action: () -> Void)] = [:]
  private var lastNumber = 0

  /// Does something once so much time has passed. The number that is returned cancels it.
  @discardableResult
  func after(_ duration: Duration, _ action: @escaping () -> Void) -> Int {
    lastNumber += 1
    alarms[lastNumber] = (MonotonicInstant.now.advanced(by: duration), action)
    return lastNumber
  }

  func cancel(_ number: Int?) {
    if let number { alarms[number] = nil }
  }

  /// How long the loop may wait; nil for as long as it likes.
  var millisecondsToNext: Int64? {
    alarms.values.map(\.at).min().map { max(0, MonotonicInstant.now.milliseconds(until: $0)) }
  }

  /// Does what is due.
  func strike() {
    let now = MonotonicInstant.now
    for (number, alarm) in alarms.filter({ $0.value.at <= now }).sorted(by: { $0.value.at < $1.value.at }) {
      // One before it may have cancelled it.
      if alarms.removeValue(forKey: number) != nil { alarm.action() }
    }
  }
}
