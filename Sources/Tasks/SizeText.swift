/// Sizes as people write and read them: `4096`, `500K`, `64M`, `1G`, steps of 1024.
package enum SizeText {
  /// Reads a size and gives its bytes; a bare number is bytes.
  package static func bytes(_ text: String) throws(SizeError) -> Int64 {
    guard !text.isEmpty else { throw .empty }
    let digits = text.utf8.prefix { (48...57).contains($0) }
    let shift: Int64
    switch String(Substring(text.utf8.dropFirst(digits.count))).uppercased() {
    case "": shift = 0
    case "K": shift = 10
    case "M": shift = 20
    case "G": shift = 30
    case "T": shift = 40
    default: throw .noSize(text)
    }
    guard !digits.isEmpty else { throw .noSize(text) }
    guard digits.count <= Limits.sizeDigits, let number = Int64(String(Substring(digits))),
      number <= Limits.largestSizeBytes >> shift
    else { throw .tooLarge(text) }
    return number << shift
  }

  /// Writes a size in the largest unit in which it is a whole number: `64M`, `1000`.
  package static func text(_ bytes: Int64) -> String {
    for (unit, shift) in [("T", Int64(40)), ("G", 30), ("M", 20), ("K", 10)]
    where bytes > 0 && (bytes >> shift) << shift == bytes {
      return "\(bytes >> shift)\(unit)"
    }
    return String(bytes)
  }
}

/// Why a text is no size.
package enum SizeError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case noSize(String)
  case tooLarge(String)

  package var description: String {
    switch self {
    case .empty: "a size is missing; \(Self.examples)"
    case .noSize(let text): "'\(VisibleText.word(text))' is no size; \(Self.examples)"
    case .tooLarge(let text): "'\(VisibleText.word(text))' is too large; 1024T is the most"
    }
  }

  private static let examples = "write one like 64M, 500K, 1G or a number of bytes"
}
