import Glibc

/// The lines of an output as a terminal would have shown them last, without colours: what the digest reads.
///
/// A line that is not blank has text; of a long one only the beginning is kept.
struct PlainLines {
  struct Line {
    /// Where it stands in the output, without its line feed.
    let raw: Range<Int>
    /// Its text without indentation and without blanks at its end.
    let text: Range<Int>
    /// In columns.
    let indentation: Int
    /// Whether some of it was written in red.
    let isRed: Bool

    var isBlank: Bool { text.isEmpty }
  }

  /// The text of all lines, one after the other.
  private(set) var characters: [UInt8] = []
  private(set) var lines: [Line] = []

  init(_ output: [UInt8]) {
    output.withUnsafeBufferPointer { read($0) }
  }

  /// The text of a line without the time and the like before it.
  func message(of line: Int) -> ArraySlice<UInt8> {
    let text = characters[lines[line].text]
    return text.dropFirst(text.withUnsafeBufferPointer(\.startOfMessage))
  }

  private mutating func read(_ output: Bytes) {
    characters.reserveCapacity(output.count)
    lines.reserveCapacity(output.count / 32)
    var start = 0
    while start < output.count {
      let end = output.firstIndex(of: UInt8(ascii: "\n"), in: start..<output.count) ?? output.count
      append(output, start..<end)
      start = end + 1
    }
  }

  /// The line as it was shown last: what stands behind its last carriage return, if that is anything.
  private mutating func append(_ output: Bytes, _ line: Range<Int>) {
    var end = line.upperBound
    while end > line.lowerBound {
      let start = output.lastIndex(of: UInt8(ascii: "\r"), in: line.lowerBound..<end).map { $0 + 1 } ?? line.lowerBound
      if appendText(output.part(start..<end), raw: line) { return }
      end = start - 1
    }
    lines.append(
      Line(raw: line, text: characters.count..<characters.count, indentation: 0, isRed: false))
  }

  /// False if there is nothing to see.
  private mutating func appendText(_ text: Bytes, raw: Range<Int>) -> Bool {
    let start = characters.count
    var indentation = 0
    var isRed = false
    var isRedNow = false
    var index = 0
    while index < text.count, characters.count - start < DigestLimits.lineBytes {
      let byte = text[index]
      switch byte {
      case 0x1b, UInt8(ascii: "["):
        if let sequence = EscapeSequence(text, at: index) {
          if let red = sequence.turnsRed { isRedNow = red }
          index = sequence.end
          continue
        }
        fallthrough
      case 0x21...0x7e, 0x80...:
        if isRedNow { isRed = true }
        characters.append(byte)
      case 0x20, 0x09:
        if characters.count > start {
          characters.append(byte)
        } else {
          indentation += byte == 0x20 ? 1 : 8 - indentation % 8
        }
      case 0x08:
        if characters.count > start { characters.removeLast() }
      default: break
      }
      index += 1
    }
    while characters.count > start, characters[characters.count - 1].isBlank { characters.removeLast() }
    guard characters.count > start else { return false }
    lines.append(Line(raw: raw, text: start..<characters.count, indentation: indentation, isRed: isRed))
    return true
  }
}

/// A sequence that a terminal would have obeyed.
private struct EscapeSequence {
  let end: Int
  /// Whether what follows is red; nil if it says nothing of that.
  let turnsRed: Bool?

  /// Nil if what stands there is text. A colour that has lost its ESC on the way, as in logs that were copied, is none.
  init?(_ text: Bytes, at start: Int) {
    var index = start + 1
    if text[start] == 0x1b {
      guard index < text.count else { return nil }
      switch text[index] {
      case UInt8(ascii: "["): index += 1
      case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
        let stop = text.endOfRun(from: index) { $0 != 0x07 && $0 != 0x1b }
        guard stop < text.count else { return nil }
        end = min(text.count, text[stop] == 0x07 ? stop + 1 : stop + 2)
        turnsRed = nil
        return
      default:
        index = text.endOfRun(from: index) { (0x20...0x2f).contains($0) }
        end = min(text.count, index + 1)
        turnsRed = nil
        return
      }
    }
    let parameters = index
    index = text.endOfRun(from: index) { (0x20...0x3f).contains($0) }
    guard index < text.count, (0x40...0x7e).contains(text[index]) else { return nil }
    if text[start] != 0x1b {
      guard text[index] == UInt8(ascii: "m"), index - parameters <= 8,
        text.part(parameters..<index).allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ";") })
      else { return nil }
    }
    end = index + 1
    turnsRed = text[index] == UInt8(ascii: "m") ? Self.redness(text.part(parameters..<index)) : nil
  }

  private static func redness(_ parameters: Bytes) -> Bool? {
    var result: Bool?
    for parameter in parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
      switch parameter.reduce(0, { $1.isDigit ? min($0 * 10 + Int($1 - 0x30), 1000) : 1000 }) {
      case 31, 91: result = true
      case 0, 30, 32...37, 39, 90, 92...97: result = false
      default: break
      }
    }
    return result
  }
}

extension Bytes {
  fileprivate func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard !range.isEmpty, let base = baseAddress,
      let found = memchr(base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  fileprivate func lastIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard firstIndex(of: byte, in: range) != nil else { return nil }
    return self[range].lastIndex(of: byte)
  }
}
