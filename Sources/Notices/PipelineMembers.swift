/// What the members of a command's last pipeline are called.
enum PipelineMembers {
  /// The first word of each; nil where the text does not show that many.
  static func names(in command: String, count: Int) -> [String]? {
    var text = Array(command.utf8)[...]
    while true {
      text = trimmed(text)
      let members = members(of: text)
      if members.count == count { return members.map(name) }
      guard members.count == 1, let inner = inside(trimmed(members[0])) else { return nil }
      text = inner
    }
  }

  /// The parts of the last list between its bars.
  private static func members(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var (members, start, depth, index): ([ArraySlice<UInt8>], Int, Int, Int) = ([], text.startIndex, 0, text.startIndex)
    var quote: UInt8?
    func next(_ offset: Int = 1) -> UInt8? { index + offset < text.endIndex ? text[index + offset] : nil }
    while index < text.endIndex {
      let byte = text[index]
      defer { index += 1 }
      if let open = quote {
        if byte == UInt8(ascii: "\\"), open != UInt8(ascii: "'") { index += 1 } else if byte == open { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): quote = byte
      case UInt8(ascii: "("), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "|") where depth == 0:
        if next() == UInt8(ascii: "|") {
          index += 1
          (members, start) = ([], index + 1)
        } else {
          members.append(text[start..<index])
          if next() == UInt8(ascii: "&") { index += 1 }
          start = index + 1
        }
      case UInt8(ascii: "&") where depth == 0 && next(-1) != UInt8(ascii: ">") && next() != UInt8(ascii: ">"),
        UInt8(ascii: ";") where depth == 0, UInt8(ascii: "\n") where depth == 0:
        guard !trimmed(text[(index + 1)...]).isEmpty else { continue }
        (members, start) = ([], index + 1)
      default: break
      }
    }
    return start <= text.endIndex ? members + [text[start...]] : []
  }

  /// What stands in the braces or parentheses around a text.
  private static func inside(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    switch (text.first, text.last) {
    case (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "("), UInt8(ascii: ")")): text.dropFirst().dropLast()
    default: nil
    }
  }

  /// The first word that is no assignment, without its directory.
  private static func name(_ member: ArraySlice<UInt8>) -> String {
    let words = trimmed(member).split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a }
    let word = words.first { !$0.contains(UInt8(ascii: "=")) && $0 != [UInt8(ascii: "!")] } ?? words.first ?? []
    return String(decoding: word.split(separator: UInt8(ascii: "/")).last ?? word, as: UTF8.self)
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == UInt8(ascii: ";") }
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}
