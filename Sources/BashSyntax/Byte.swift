/// One byte of source, or the end of it; written as a literal where it is compared.
struct Byte: Hashable, ExpressibleByUnicodeScalarLiteral, Sendable {
  /// The byte, or 256 at the end of the input.
  let code: UInt16

  init(_ byte: UInt8) { code = UInt16(byte) }

  init(unicodeScalarLiteral scalar: Unicode.Scalar) { code = UInt16(UInt8(ascii: scalar)) }

  private init(code: UInt16) { self.code = code }

  @inline(__always)
  static func == (left: Byte, right: Byte) -> Bool { left.code == right.code }

  /// What `switch` asks; the generic one calls through a witness table, which was a sixth of the scanner's time.
  @inline(__always)
  static func ~= (pattern: Byte, byte: Byte) -> Bool { pattern.code == byte.code }

  /// What stands behind the last byte.
  static var end: Byte { Byte(code: 256) }

  /// Whether it separates tokens without being one.
  var isBlank: Bool { self == " " || self == "\t" }

  /// Whether a word ends before it.
  var endsWord: Bool {
    switch self {
    case " ", "\t", "\n", ";", "&", "(", ")", "|", "<", ">", .end: true
    default: false
    }
  }

  /// Whether it is part of a word and never anything more.
  var isOrdinary: Bool { code < 256 && Byte.ordinary[Int(code)] }

  var isDigit: Bool { code >= 0x30 && code <= 0x39 }

  /// Whether a variable's name may begin with it.
  var startsName: Bool { self == "_" || (code | 0x20 >= 0x61 && code | 0x20 <= 0x7A) }

  /// Whether a reserved word may hold it.
  var isKeywordPart: Bool {
    switch self {
    case "!", "{", "}", "[", "]": true
    default: code >= 0x61 && code <= 0x7A
    }
  }

  private static let ordinary: [Bool] = {
    var table = [Bool](repeating: true, count: 256)
    for byte in " \t\n;&()|<>\\'\"`$?*@+!=[".utf8 { table[Int(byte)] = false }
    return table
  }()
}
