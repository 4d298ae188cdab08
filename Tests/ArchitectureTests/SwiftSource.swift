import TestSupport

/// A Swift file without its comments and string literals: what a rule about code looks at.
///
/// Code inside a string interpolation is dropped with its string.
struct SwiftSource {
  let path: String
  /// Every line, blanks where comments and literals stood.
  let lines: [String]

  var name: String { String(path.split(separator: "/").last ?? "") }

  init(path: String) throws {
    self.init(path: path, text: try FileTree.text(path))
  }

  init(path: String, text: String) {
    self.path = path
    lines = SwiftSource.codeOnly(Array(text.utf8)).split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// An identifier with what stands around it.
  struct Word {
    let text: String
    let line: Int
    /// The last character before it that is not a blank, on the same line.
    let before: Character?
    /// The identifier before it on the same line, if nothing but blanks stands between.
    let previous: String?
    /// The character right behind it.
    let after: Character?
  }

  /// The identifiers and keywords, in order.
  var words: [Word] {
    var words: [Word] = []
    for (index, line) in lines.enumerated() {
      let characters = Array(line)
      var position = 0
      var previous: String?
      var before: Character?
      while position < characters.count {
        guard isIdentifierPart(characters[position]) else {
          if !characters[position].isWhitespace {
            before = characters[position]
            previous = nil
          }
          position += 1
          continue
        }
        let start = position
        while position < characters.count, isIdentifierPart(characters[position]) { position += 1 }
        let text = String(characters[start..<position])
        words.append(
          Word(
            text: text, line: index + 1, before: before, previous: previous,
            after: position < characters.count ? characters[position] : nil))
        previous = text
        before = characters[position - 1]
      }
    }
    return words
  }

  /// The modules that are imported, without `import struct Module.Name`'s last part.
  var imports: [(module: String, line: Int)] {
    lines.enumerated().compactMap { index, line in
      var words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      let modifiers: Set = ["package", "public", "internal", "private", "fileprivate"]
      while let first = words.first, first.hasPrefix("@") || modifiers.contains(first) { words.removeFirst() }
      guard words.count >= 2, words.removeFirst() == "import" else { return nil }
      let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
      if kinds.contains(words[0]) { words.removeFirst() }
      return words.first.map { (String($0.prefix { $0 != "." && $0 != ";" }), index + 1) }
    }
  }

  /// A force unwrap, `try!` or `as!`: an exclamation mark right behind a value or keyword, not before `=`.
  var forcedLines: [Int] {
    lines.enumerated().compactMap { index, line in
      let characters = Array(line)
      let isForced = characters.indices.dropFirst().contains { position in
        guard characters[position] == "!" else { return false }
        let before = characters[position - 1]
        let after = position + 1 < characters.count ? characters[position + 1] : nil
        return (isIdentifierPart(before) || ")]}\"?".contains(before)) && after != "="
      }
      return isForced ? index + 1 : nil
    }
  }

  private static func codeOnly(_ source: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var position = 0
    func starts(_ text: StaticString) -> Bool {
      position + text.utf8CodeUnitCount <= source.count
        && text.withUTF8Buffer { source[position...].starts(with: $0) }
    }
    /// Leaves blanks for what is skipped, and keeps its newlines.
    func skip(_ count: Int) {
      for _ in 0..<count where position < source.count {
        result.append(source[position] == 0x0A ? 0x0A : 0x20)
        position += 1
      }
    }
    while position < source.count {
      if starts("//") {
        while position < source.count, source[position] != 0x0A { skip(1) }
      } else if starts("/*") {
        var depth = 0
        repeat {
          if starts("/*") {
            depth += 1
            skip(2)
          } else if starts("*/") {
            depth -= 1
            skip(2)
          } else {
            skip(1)
          }
        } while depth > 0 && position < source.count
      } else if let (hashes, quotes) = literalStart(source, position) {
        skip(hashes + quotes)
        let mark = Array(repeating: UInt8(ascii: "#"), count: hashes)
        let end = Array(repeating: UInt8(ascii: "\""), count: quotes) + mark
        while position < source.count, !source[position...].starts(with: end) {
          let isEscape =
            source[position] == UInt8(ascii: "\\")
            && source[(position + 1)...].starts(with: mark)
          guard isEscape else {
            skip(1)
            continue
          }
          skip(1 + hashes)
          guard position < source.count, source[position] == UInt8(ascii: "(") else {
            skip(1)
            continue
          }
          skipInterpolation(skip: skip, source: source, position: { position })
        }
        skip(end.count)
      } else {
        result.append(source[position])
        position += 1
      }
    }
    return result
  }

  /// Skips to behind the parenthesis that closes an interpolation; literals inside are nested.
  private static func skipInterpolation(skip: (Int) -> Void, source: [UInt8], position: () -> Int) {
    var depth = 0
    var isInLiteral = false
    repeat {
      switch source[position()] {
      case UInt8(ascii: "\\") where isInLiteral && position() + 1 < source.count:
        skip(1)
        if source[position()] == UInt8(ascii: "(") {
          skipInterpolation(skip: skip, source: source, position: position)
          continue
        }
      case UInt8(ascii: "\""): isInLiteral.toggle()
      case UInt8(ascii: "(") where !isInLiteral: depth += 1
      case UInt8(ascii: ")") where !isInLiteral: depth -= 1
      default: break
      }
      skip(1)
    } while depth > 0 && position() < source.count
  }

  /// The number of `#` and of `"` of a literal that begins here.
  private static func literalStart(_ source: [UInt8], _ start: Int) -> (hashes: Int, quotes: Int)? {
    var position = start
    while position < source.count, source[position] == UInt8(ascii: "#") { position += 1 }
    guard position < source.count, source[position] == UInt8(ascii: "\"") else { return nil }
    let isMultiline = source[position...].starts(with: Array(repeating: UInt8(ascii: "\""), count: 3))
    return (position - start, isMultiline ? 3 : 1)
  }
}

private func isIdentifierPart(_ character: Character) -> Bool {
  character.isLetter || character.isNumber || character == "_"
}
