import Glibc

/// Wall-clock time as people read it, in the zone of `TZ` or of the machine.
package enum LocalTime {
  /// Like `2026-11-22 13:01:02 +0100`.
  package static func text(_ timestamp: Timestamp) -> String { text(timestamp, "%Y-%m-%d %H:%M:%S %z") }

  /// Like `13:01`, with the day before it where that is not the day of the other moment.
  package static func clock(_ timestamp: Timestamp, seenAt now: Timestamp) -> String {
    let isToday = text(timestamp, "%Y-%m-%d") == text(now, "%Y-%m-%d")
    return text(timestamp, isToday ? "%H:%M" : "%Y-%m-%d %H:%M")
  }

  private static func text(_ timestamp: Timestamp, _ format: String) -> String {
    var seconds = time_t(timestamp.milliseconds / 1_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let length = strftime(buffer.baseAddress, buffer.count, format, &parts)
      return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
