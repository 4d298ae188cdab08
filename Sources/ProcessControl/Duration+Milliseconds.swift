extension Duration {
  /// Whole milliseconds, what is less than one left out; as many as there can be where there are more.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, overflowToo) = milliseconds.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflowToo ? .max : sum
  }
}

extension MonotonicInstant {
  /// The moment that comes so much later.
  package func advanced(by duration: Duration) -> MonotonicInstant {
    advanced(milliseconds: duration.wholeMilliseconds)
  }
}

extension Timestamp {
  package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = moment.milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
    return Timestamp(milliseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  package static func - (moment: Timestamp, duration: Duration) -> Timestamp { moment + (.zero - duration) }
}
