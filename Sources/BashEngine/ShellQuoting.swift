import Glibc

/// Text as one bash word.
package enum ShellQuoting {
  /// In single quotes, newlines kept: for code that may span lines.
  package static func quoted(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = [apostrophe]
    for byte in bytes {
      if byte == apostrophe {
        result += [apostrophe, backslash, apostrophe, apostrophe]
      } else {
        result.append(byte)
      }
    }
    result.append(apostrophe)
    return result
  }

  package static func quoted(_ text: String) -> String {
    String(decoding: quoted(text.utf8), as: UTF8.self)
  }

  /// As it is where nothing in it has a meaning, else in single quotes: for people to read.
  package static func word(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        isalnum(Int32(byte)) != 0 || "-_./=:,@%+".utf8.contains(byte) || byte >= 0x80
      }
    return isPlain ? text : quoted(text)
  }

  /// As `$'…'`, on one line whatever it holds: for code whose lines must keep their numbers.
  package static func quotedOnOneLine(_ bytes: some Collection<UInt8>) -> [UInt8] {
    guard bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return quoted(bytes) }
    var result: [UInt8] = Array("$'".utf8)
    for byte in bytes {
      switch byte {
      case apostrophe, backslash: result += [backslash, byte]
      case newline: result += Array("\\n".utf8)
      case 0x20...0x7E, 0x80...: result.append(byte)
      default: result += Array("\\".utf8) + octal(byte)
      }
    }
    result.append(apostrophe)
    return result
  }

  private static func octal(_ byte: UInt8) -> [UInt8] {
    [48 + (byte >> 6), 48 + (byte >> 3 & 7), 48 + (byte & 7)]
  }

  private static let apostrophe = UInt8(ascii: "'")
  private static let backslash = UInt8(ascii: "\\")
  private static let newline = UInt8(ascii: "\n")
}
