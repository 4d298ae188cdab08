import Glibc

/// A moment of wall-clock time, in milliseconds since 1970 UTC: what people read.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  package static var now: Timestamp {
    Timestamp(milliseconds: nanoseconds(of: CLOCK_REALTIME) / 1_000_000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// RFC 3339 in UTC with milliseconds, like `2026-11-22T12:01:02.345Z`.
  package var rfc3339: String {
    var seconds = time_t(milliseconds.flooredQuotient(1000))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let milli = milliseconds - Int64(seconds) * 1000
    let date = "\(parts.tm_year + 1900)-\(twoDigits(parts.tm_mon + 1))-\(twoDigits(parts.tm_mday))"
    let time = "\(twoDigits(parts.tm_hour)):\(twoDigits(parts.tm_min)):\(twoDigits(parts.tm_sec))"
    let fraction = String(milli)
    return "\(date)T\(time).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)Z"
  }
}

/// A moment of the clock that no one can set and that stands still while the machine sleeps: what deadlines run on.
package struct MonotonicInstant: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  package static var now: MonotonicInstant {
    MonotonicInstant(nanoseconds: ProcessControl.nanoseconds(of: CLOCK_MONOTONIC))
  }

  package static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  package func advanced(milliseconds: Int64) -> MonotonicInstant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(milliseconds.multipliedReportingOverflow(by: 1_000_000).0)
    return MonotonicInstant(nanoseconds: overflow ? .max : sum)
  }

  /// Whole milliseconds from this moment to a later one, rounded up; negative if `other` is earlier.
  package func milliseconds(until other: MonotonicInstant) -> Int64 {
    (other.nanoseconds - nanoseconds + 999_999).flooredQuotient(1_000_000)
  }
}

extension Int64 {
  fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

private func nanoseconds(of clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

private func twoDigits(_ number: Int32) -> String {
  number < 10 ? "0\(number)" : String(number)
}
