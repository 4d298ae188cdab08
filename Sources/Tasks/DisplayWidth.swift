/// How many columns of a terminal a character takes.
///
/// The C library's `wcwidth` knows only ASCII in a static executable, whose locale is always C.
package enum DisplayWidth {
  package static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    if isWide(scalar.value) { return 2 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return 1
    }
  }

  /// Of a text that holds nothing that drives a terminal.
  package static func of(_ text: some StringProtocol) -> Int {
    // Nearly all are ASCII, and a crowd of tasks has many.
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  /// The blocks that Unicode's EastAsianWidth.txt has as wide, coarsely, and emoji.
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115f, 0x231a...0x231b, 0x23e9...0x23ec, 0x2614...0x2615, 0x26a1, 0x2705, 0x2728, 0x274c, 0x274e,
      0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x2b1b...0x2b1c, 0x2b50, 0x2b55, 0x2e80...0x303e, 0x3041...0x33ff,
      0x3400...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x1fa70...0x1faff,
      0x20000...0x3fffd:
      true
    default: false
    }
  }
}
