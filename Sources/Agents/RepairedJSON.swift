/// JSON in which half a character stands, as some programs write it where they cut a text: what is no character becomes
/// U+FFFD, so that the request can be read, and answered.
enum RepairedJSON {
  /// The same with whole characters; nil if they were whole.
  static func bytes(_ bytes: [UInt8]) -> [UInt8]? {
    var repaired = Array(String(decoding: bytes, as: UTF8.self).utf8)
    var hasChanged = repaired != bytes
    var position = 0
    while let backslash = repaired[position...].firstIndex(of: UInt8(ascii: "\\")) {
      position = backslash + 2
      guard position <= repaired.count else { break }
      guard let unit = unit(in: repaired, at: backslash) else { continue }
      position = backslash + escapeLength
      if UTF16.isLeadSurrogate(unit), let next = self.unit(in: repaired, at: position), UTF16.isTrailSurrogate(next) {
        position += escapeLength
      } else if UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) {
        repaired.replaceSubrange(backslash + 2..<position, with: "fffd".utf8)
        hasChanged = true
      }
    }
    return hasChanged ? repaired : nil
  }

  /// `\uXXXX`.
  private static let escapeLength = 6

  private static func unit(in bytes: [UInt8], at start: Int) -> UInt16? {
    guard start + escapeLength <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u")
    else { return nil }
    return UInt16(String(decoding: bytes[start + 2..<start + escapeLength], as: UTF8.self), radix: 16)
  }
}
