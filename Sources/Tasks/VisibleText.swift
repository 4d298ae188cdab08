/// Text that no longer can drive a terminal, whatever bytes it was made from.
///
/// Control characters become visible (`^A`, `\x9b`), invalid UTF-8 becomes `\xNN`, and characters that reorder,
/// break or hide text, or cannot be seen, become `<U+202E>`.
package enum VisibleText {
  /// What becomes of terminal escape sequences.
  package enum EscapeSequences: Sendable {
    /// Shown like any control character: what is shown is what was typed.
    case shown
    /// Dropped whole, for the output of programs that colour it.
    case removed
  }

  /// One line: line feeds are shown as `^J`, tabs become blanks up to the next eighth column.
  package static func line(
    _ bytes: some Sequence<UInt8>, escapeSequences: EscapeSequences = .shown, columnLimit: Int? = nil
  ) -> String {
    var bytes = Array(bytes)
    if escapeSequences == .removed { bytes = withoutEscapeSequences(bytes) }
    return render(bytes, columnLimit: columnLimit)
  }

  /// A word or a short text quoted in a message: at most 200 columns.
  package static func word(_ text: String) -> String {
    line(text.utf8, columnLimit: 200)
  }

  /// A whole line of what bgsh has to say, `bgsh: message` and a line feed: whatever stands in it, it is one line, harmless
  /// and of bounded length. What is quoted in it has its own bound: ``word(_:)``.
  package static func message(_ text: some StringProtocol) -> String {
    "bgsh: \(line(text.utf8, columnLimit: Limits.messageColumns))\n"
  }

  /// Whether a text is shown as it is written, with nothing in it that has to be made visible.
  package static func isShownAsWritten(_ text: String) -> Bool {
    line(text.utf8) == text
  }

  private static func render(_ bytes: [UInt8], columnLimit: Int?) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var column = 0
    var previous: Unicode.Scalar?
    // Where the text is cut if it turns out too wide: there is room for the ellipsis.
    var cut = 0
    // Marks take no column, but a limit of columns is to limit the text all the same.
    var charactersLeft = columnLimit.map { $0 * 4 } ?? Int.max
    var index = 0
    while index < bytes.count {
      let start = result.count
      let width: Int
      var shown: Unicode.Scalar?
      defer { previous = shown }
      switch bytes[index] {
      case 0x20...0x7e:
        result.append(bytes[index])
        shown = Unicode.Scalar(bytes[index])
        width = 1
        index += 1
      case 0x09:
        width = 8 - column % 8
        result.append(contentsOf: repeatElement(0x20, count: width))
        index += 1
      case ..<0x80:
        result += [UInt8(ascii: "^"), bytes[index] ^ 0x40]
        width = 2
        index += 1
      default:
        if let (scalar, length) = decode(bytes, at: index) {
          index += length
          if isHidden(scalar), !joinsEmoji(scalar, after: previous, before: decode(bytes, at: index)?.0) {
            let spelling = spelling(of: scalar)
            result += spelling.utf8
            width = spelling.utf8.count
          } else {
            result += bytes[(index - length)..<index]
            shown = scalar
            width = DisplayWidth.of(scalar)
          }
        } else {
          result += "\\x\(hexadecimal(UInt32(bytes[index]), digits: 2))".utf8
          width = 4
          index += 1
        }
      }
      guard let columnLimit else {
        column += width
        continue
      }
      charactersLeft -= 1
      if column + width > columnLimit || charactersLeft < 0 {
        result.removeSubrange(min(cut, start)...)
        return String(decoding: result, as: UTF8.self) + "…"
      }
      column += width
      if column < columnLimit { cut = result.count }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether a character must not reach a terminal, beyond ASCII: it drives it, reorders or breaks text, or is not seen.
  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x80...0x9f, 0x2028...0x2029, 0xfff9...0xfffb: true
    case ..<0xad: false
    default: scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  /// Whether a character that is not seen makes one sign of the emoji around it.
  private static func joinsEmoji(
    _ scalar: Unicode.Scalar, after previous: Unicode.Scalar?, before next: Unicode.Scalar?
  ) -> Bool {
    // Digits are emoji too, in keycaps only.
    func isEmoji(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { $0.value > 0xff && $0.properties.isEmoji } ?? false }
    switch scalar.value {
    case 0x200d: return (isEmoji(previous) || previous?.value == 0xfe0f) && isEmoji(next)
    case 0xfe0e...0xfe0f: return isEmoji(previous) || next?.value == 0x20e3
    default: return false
    }
  }

  private static func spelling(of scalar: Unicode.Scalar) -> String {
    (0x80...0x9f).contains(scalar.value)
      ? "\\x" + hexadecimal(scalar.value, digits: 2)
      : "<U+\(hexadecimal(scalar.value, digits: 4).uppercased())>"
  }

  /// The scalar beyond ASCII that stands at an index in valid UTF-8, and its length.
  private static func decode(_ bytes: [UInt8], at index: Int) -> (Unicode.Scalar, Int)? {
    guard index < bytes.count else { return nil }
    let lead = bytes[index]
    let length: Int
    var value: UInt32
    switch lead {
    case 0xc2...0xdf: (length, value) = (2, UInt32(lead & 0x1f))
    case 0xe0...0xef: (length, value) = (3, UInt32(lead & 0x0f))
    case 0xf0...0xf4: (length, value) = (4, UInt32(lead & 0x07))
    default: return nil
    }
    guard index + length <= bytes.count else { return nil }
    for next in bytes[(index + 1)..<(index + length)] {
      guard next & 0xc0 == 0x80 else { return nil }
      value = value << 6 | UInt32(next & 0x3f)
    }
    // Overlong forms; surrogates and what is too large are no scalars.
    guard value >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000) else { return nil }
    guard let scalar = Unicode.Scalar(value) else { return nil }
    return (scalar, length)
  }

  /// Drops CSI, OSC, DCS, PM, APC, SOS and two-character sequences of ECMA-48. One that does not end stays: it will
  /// be shown.
  private static func withoutEscapeSequences(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0x1b) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x1b, let end = endOfEscapeSequence(bytes, at: index) {
        index = end
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  private static func endOfEscapeSequence(_ bytes: [UInt8], at start: Int) -> Int? {
    var index = start + 1
    guard index < bytes.count else { return nil }
    switch bytes[index] {
    case UInt8(ascii: "["):
      index += 1
      while index < bytes.count, (0x20...0x3f).contains(bytes[index]) { index += 1 }
      return index < bytes.count && (0x40...0x7e).contains(bytes[index]) ? index + 1 : nil
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
      index += 1
      while index < bytes.count {
        if bytes[index] == 0x07 { return index + 1 }
        if bytes[index] == 0x1b {
          return index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\\") ? index + 2 : nil
        }
        index += 1
      }
      return nil
    case 0x20...0x2f:
      while index < bytes.count, (0x20...0x2f).contains(bytes[index]) { index += 1 }
      return index < bytes.count && (0x30...0x7e).contains(bytes[index]) ? index + 1 : nil
    case 0x30...0x7e:
      return index + 1
    default:
      return nil
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
