/// Durations as people write and read them: `90`, `250ms`, `90s`, `5m`, `1h30m`, `2d`.
package enum DurationText {
  /// Reads a duration and gives its milliseconds.
  ///
  /// A bare number is seconds. Several parts go from the larger unit to the smaller, and any number may have a
  /// decimal fraction.
  package static func milliseconds(_ text: String) throws(DurationError) -> Int64 {
    guard !text.isEmpty else { throw .empty }
    var rest = text.utf8[...]
    var total: Int64 = 0
    var previous = Int64.max
    var isFirst = true
    while !rest.isEmpty {
      guard let (number, denominator) = try number(in: &rest, of: text) else { throw .noNumber(text) }
      let letters = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
      rest = rest.dropFirst(letters.count)
      let unit: Int64
      switch String(Substring(letters)) {
      case "ms": unit = 1
      case "s": unit = 1_000
      case "m": unit = 60_000
      case "h": unit = 3_600_000
      case "d": unit = 86_400_000
      case "":
        guard isFirst, rest.isEmpty else { throw .missingUnit(text) }
        unit = 1_000
      case let other: throw .unknownUnit(text, unit: other)
      }
      guard unit < previous else { throw .wrongOrder(text) }
      previous = unit
      isFirst = false
      let (product, overflow) = number.multipliedReportingOverflow(by: unit)
      guard !overflow, product / denominator <= Limits.longestDurationMilliseconds else { throw .tooLong(text) }
      total += product / denominator
      guard total <= Limits.longestDurationMilliseconds else { throw .tooLong(text) }
    }
    return total
  }

  /// Writes a duration: `0s`, `80ms`, `3s`, `3.2s`, `12s`, `1m32s`, `5m`, `1h05m`, `2d3h`.
  package static func text(milliseconds: Int64) -> String {
    let milliseconds = max(0, milliseconds)
    if milliseconds == 0 { return "0s" }
    if milliseconds < 1_000 { return "\(milliseconds)ms" }
    let tenths = milliseconds / 100 + (milliseconds % 100 >= 50 ? 1 : 0)
    if tenths < 100 {
      return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
    }
    let seconds = milliseconds / 1_000 + (milliseconds % 1_000 >= 500 ? 1 : 0)
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3_600 { return pair(seconds / 60, "m", seconds % 60, "s", isPadded: true) }
    if seconds < 86_400 { return pair(seconds / 3_600, "h", seconds % 3_600 / 60, "m", isPadded: true) }
    return pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h", isPadded: false)
  }

  private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String, isPadded: Bool)
    -> String
  {
    if small == 0 { return "\(large)\(unit)" }
    return "\(large)\(unit)\(isPadded && small < 10 ? "0" : "")\(small)\(smallUnit)"
  }

  /// The number that the text begins with, as a fraction; nil if it begins with none.
  private static func number(
    in rest: inout Substring.UTF8View, of text: String
  ) throws(DurationError) -> (Int64, denominator: Int64)? {
    var value: Int64 = 0
    var denominator: Int64 = 1
    var digits = 0
    var hasPoint = false
    while let byte = rest.first {
      if isDigit(byte) {
        digits += 1
        // Beyond a millionth nothing changes.
        if hasPoint && denominator >= 1_000_000 {
          rest.removeFirst()
          continue
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflowToo) = product.addingReportingOverflow(Int64(byte - 48))
        guard !overflow, !overflowToo else { throw .tooLong(text) }
        value = sum
        if hasPoint { denominator *= 10 }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      rest.removeFirst()
    }
    return digits == 0 ? nil : (value, denominator)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

/// Why a text is no duration.
package enum DurationError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case noNumber(String)
  case missingUnit(String)
  case unknownUnit(String, unit: String)
  case wrongOrder(String)
  case tooLong(String)

  package var description: String {
    switch self {
    case .empty: "a duration is missing; \(Self.examples)"
    case .noNumber(let text): "'\(VisibleText.word(text))' is no duration; \(Self.examples)"
    case .missingUnit(let text): "'\(VisibleText.word(text))' has a number without a unit; \(Self.examples)"
    case .unknownUnit(let text, let unit):
      "'\(VisibleText.word(text))' has the unknown unit '\(VisibleText.word(unit))'; the units are ms, s, m, h and d"
    case .wrongOrder(let text):
      "'\(VisibleText.word(text))' is not in order; write each unit once, the largest first, as in 1h30m"
    case .tooLong(let text): "'\(VisibleText.word(text))' is too long; a hundred years is the most"
    }
  }

  private static let examples = "write one like 90s, 5m, 1h30m or 250ms"
}
