import Glibc
import ProcessControl

/// Wall-clock time as people read it.
enum LocalTime {
  /// Like `2026-11-22 13:01:02 +0100`, in the zone of `TZ` or of the machine.
  static func text(_ timestamp: Timestamp) -> String {
    var seconds = time_t(timestamp.milliseconds / 1_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let length = strftime(buffer.baseAddress, buffer.count, "%Y-%m-%d %H:%M:%S %z", &parts)
      return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
