import Glibc

/// What a line of a task's output is to match for its session to be told: an extended regular expression, byte by byte.
///
/// A supervisor looks for it, in whatever a task writes. So an expression whose cost nothing bounds is refused, and lines
/// without the text that each match must hold are passed over without a look at the expression.
package final class NotifyPattern {
  package let text: String
  private let pattern: LinePattern
  /// Each match holds it; empty where that cannot be told.
  private let literal: [UInt8]

  package init(_ text: String) throws(NotifyPatternError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= Limits.notifyPatternBytes else { throw .tooLong }
    guard !Self.hasReference(bytes) else { throw .reference }
    guard Self.repetitions(bytes) <= Limits.notifyPatternRepetitions else { throw .tooManyRepetitions }
    do throws(LinePatternError) {
      pattern = try LinePattern(text)
    } catch {
      throw .invalid(error)
    }
    self.text = text
    literal = Self.requiredText(bytes)
  }

  /// Whether a line, without its line feed, matches somewhere in its first part.
  package func matches(_ line: ArraySlice<UInt8>) -> Bool {
    pattern.matches(line.prefix(Limits.notifyLineBytes))
  }

  /// Where in some lines the next one stands that may match, as an index of the bytes; nil if none may.
  package func nextCandidate(in bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = literal.first else { return bytes.isEmpty ? nil : bytes.startIndex }
    guard let place = place(ofTextBeginningWith: first, in: bytes) else { return nil }
    return bytes[..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.startIndex
  }

  private func place(ofTextBeginningWith first: UInt8, in bytes: ArraySlice<UInt8>) -> Int? {
    let offset: Int? = bytes.withUnsafeBytes { bytes in
      literal.withUnsafeBytes { (literal) -> Int? in
        var offset = 0
        while bytes.count - offset >= literal.count, let start = bytes.baseAddress {
          guard let found = memchr(start + offset, Int32(first), bytes.count - offset - literal.count + 1) else {
            return nil
          }
          offset = UnsafeRawPointer(found) - start
          if let wanted = literal.baseAddress, memcmp(found, wanted, literal.count) == 0 { return offset }
          offset += 1
        }
        return nil
      }
    }
    return offset.map { bytes.startIndex + $0 }
  }

  // MARK: What an expression is made of

  /// One sign of an expression, with what stands behind a backslash or between brackets and braces.
  private enum Sign {
    case plain(UInt8)
    case escaped(UInt8)
    case group
    case bracket
    /// Of an interval, the greater number.
    case interval(Int)
    case optional
    case repeated
    case other
  }

  private static func signs(_ bytes: [UInt8]) -> [Sign] {
    var signs: [Sign] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\\"): if let next = rest.popFirst() { signs.append(.escaped(next)) }
      case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"): signs.append(.group)
      case UInt8(ascii: "["):
        dropBracket(&rest)
        signs.append(.bracket)
      case UInt8(ascii: "{"):
        let inner = rest.prefix { $0 != UInt8(ascii: "}") }
        rest = rest.dropFirst(inner.count + 1)
        let numbers = inner.split(separator: UInt8(ascii: ",")).map { Int(String(decoding: $0, as: UTF8.self)) ?? .max }
        signs.append(.interval(numbers.max() ?? .max))
      case UInt8(ascii: "*"), UInt8(ascii: "?"): signs.append(.optional)
      case UInt8(ascii: "+"): signs.append(.repeated)
      case UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"): signs.append(.other)
      default: signs.append(.plain(byte))
      }
    }
    return signs
  }

  /// Drops what follows `[` up to its end: a `]` at the beginning is one of the characters, and so is one in `[:alpha:]`.
  private static func dropBracket(_ rest: inout ArraySlice<UInt8>) {
    if rest.first == UInt8(ascii: "^") { rest.removeFirst() }
    if rest.first == UInt8(ascii: "]") { rest.removeFirst() }
    while let byte = rest.popFirst(), byte != UInt8(ascii: "]") {
      guard byte == UInt8(ascii: "["), let mark = rest.first, ":.=".utf8.contains(mark) else { continue }
      while rest.count > 1, !rest.dropFirst().starts(with: [mark, UInt8(ascii: "]")]) { rest.removeFirst() }
      rest = rest.dropFirst(3)
    }
  }

  private static func hasReference(_ bytes: [UInt8]) -> Bool {
    signs(bytes).contains { if case .escaped(UInt8(ascii: "1")...UInt8(ascii: "9")) = $0 { true } else { false } }
  }

  /// How often something may be repeated by numbers, at most, if each interval stood within the others.
  private static func repetitions(_ bytes: [UInt8]) -> Int {
    signs(bytes).reduce(1) { product, sign in
      guard case .interval(let count) = sign else { return product }
      let (result, isTooMuch) = product.multipliedReportingOverflow(by: max(1, count))
      return isTooMuch ? .max : result
    }
  }

  /// The longest text that each match holds, as far as that is plain to see.
  private static func requiredText(_ bytes: [UInt8]) -> [UInt8] {
    var longest: [UInt8] = []
    var run: [UInt8] = []
    func endRun() {
      if run.count > longest.count { longest = run }
      run = []
    }
    for sign in signs(bytes) {
      switch sign {
      case .group: return []
      case .plain(let byte): run.append(byte)
      // Letters and a few others mean something behind a backslash.
      case .escaped(let byte) where ".[]()*+?{}|^$\\/-".utf8.contains(byte): run.append(byte)
      case .optional, .interval:
        _ = run.popLast()
        endRun()
      case .escaped, .bracket, .repeated, .other: endRun()
      }
    }
    endRun()
    return longest
  }
}

/// Why nothing can be looked for.
package enum NotifyPatternError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case tooLong
  case reference
  case tooManyRepetitions
  case invalid(LinePatternError)

  package var description: String {
    switch self {
    case .empty: "an expression needs something that a line is to hold"
    case .tooLong: "an expression has at most \(Limits.notifyPatternBytes) bytes"
    case .reference: "references such as '\\1' cannot be looked for"
    case .tooManyRepetitions:
      "numbers of repetitions go up to \(Limits.notifyPatternRepetitions), all of them multiplied"
    case .invalid(let error): "'\(VisibleText.word(error.text))' is no regular expression: \(error.reason)"
    }
  }
}
