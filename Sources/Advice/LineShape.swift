/// What a line looks like: literal text with gaps, written as one would show an example of it.
///
/// `…` stands for anything (also nothing), `9` for a number, a blank for blanks and tabs. What a line is indented by
/// does not count, unless the shape begins with a blank (it must be indented) or with `^` (it must not be). A shape
/// describes the whole line: `--- FAIL: …`, `…:9:9: error: …`, ` 9) …`.
struct LineShape {
  enum Indentation {
    case any, some, none
  }

  private enum Part: Equatable {
    case byte(UInt8)
    case number
    case blank
    case anything

    /// A byte that stands there; of a number, any digit.
    var byte: UInt8? {
      switch self {
      case .byte(let byte): byte
      case .number: UInt8(ascii: "0")
      case .blank, .anything: nil
      }
    }
  }

  private static let ellipsis = Array("…".utf8)

  let indentation: Indentation
  private let parts: [Part]

  init(_ text: String) {
    let bytes = Array(text.utf8)
    indentation = bytes.first == UInt8(ascii: " ") ? .some : bytes.first == UInt8(ascii: "^") ? .none : .any
    var index = indentation == .any ? 0 : 1
    var parts: [Part] = []
    while index < bytes.count {
      if bytes[index...].starts(with: Self.ellipsis) {
        parts.append(.anything)
        index += Self.ellipsis.count
        continue
      }
      switch bytes[index] {
      case UInt8(ascii: "9"): parts.append(.number)
      case UInt8(ascii: " "): if parts.last != .blank { parts.append(.blank) }
      default: parts.append(.byte(bytes[index]))
      }
      index += 1
    }
    self.parts = parts
  }

  /// The bytes that a line can begin with; nil if that can be any.
  var firstBytes: [UInt8]? {
    switch parts.first {
    case .byte(let byte): [byte]
    case .number: Array(UInt8(ascii: "0")...UInt8(ascii: "9"))
    default: nil
    }
  }

  /// What stands in each such line.
  var signature: PairSignature {
    var signature = PairSignature()
    for (left, right) in zip(parts, parts.dropFirst()) {
      if let left = left.byte, let right = right.byte { signature.insert(left, right) }
    }
    return signature
  }

  /// No shorter line looks like this.
  var leastBytes: Int { parts.count { $0 != .anything } }

  /// How much text it names: of two shapes that a line has, the one with more says more.
  var specificity: Int {
    parts.reduce(indentation == .any ? 0 : 1) { sum, part in part == .anything || part == .blank ? sum : sum + 1 }
  }

  /// Whether a line looks like this: its text without indentation. Takes time in proportion to the line at most times
  /// the shape.
  func matches(_ line: Bytes, isIndented: Bool) -> Bool {
    switch indentation {
    case .any: break
    case .some: guard isIndented else { return false }
    case .none: guard !isIndented else { return false }
    }
    return matches(line)
  }

  /// As globs are matched: a later `…` makes up for whatever an earlier one took.
  private func matches(_ line: Bytes) -> Bool {
    var index = 0
    var part = 0
    var retry: (index: Int, part: Int)?
    while true {
      if part < parts.count {
        switch parts[part] {
        case .anything:
          part += 1
          if part == parts.count { return true }
          retry = (index, part)
          continue
        case .byte(let byte):
          if index < line.count, line[index] == byte {
            index += 1
            part += 1
            continue
          }
        case .number:
          let end = line.endOfRun(from: index) { $0.isDigit }
          if end > index {
            index = end
            part += 1
            continue
          }
        case .blank:
          let end = line.endOfRun(from: index) { $0.isBlank }
          if end > index {
            index = end
            part += 1
            continue
          }
        }
      } else if index == line.count {
        return true
      }
      guard let last = retry, last.index < line.count else { return false }
      index = last.index + 1
      part = last.part
      if case .byte(let byte) = parts[part] { index = line.endOfRun(from: index) { $0 != byte } }
      retry = (index, part)
    }
  }
}

extension LineShape: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self.init(value) }
}
