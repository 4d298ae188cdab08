import CProtocol

/// A source in which bash's aliases are being replaced by their bodies, before the scanner looks for operators.
///
/// Bash expands aliases while it reads; what their bodies hold is not in the source. Those that bring an operator are
/// therefore expanded here, and bash does the same with all others when it reads the result.
package struct AliasExpansion {
  enum Limits {
    /// Expansions in one source: bodies that name other aliases twice each would grow without a bound.
    static let expansions = 100

    /// Bytes of the result, for the same reason.
    static let sourceBytes = 1 << 20
  }

  /// A body that has been put in place of a name, and within which that name stands for itself.
  private struct Body {
    let name: [UInt8]
    var range: Range<Int>
    /// Whether the word behind the body is looked up too, as bash does when the body ends with a blank.
    let isFollowedByAlias: Bool
  }

  private let aliases: [[UInt8]: [UInt8]]
  private var source: [UInt8]
  private var bodies: [Body] = []

  /// The source with the body of each alias where bash would read it; the source itself if it uses none.
  ///
  /// - Parameter aliases: The bodies by name, as ``relevant(of:)`` picks them.
  package static func expand(_ source: [UInt8], with aliases: [[UInt8]: [UInt8]], isPosix: Bool = false) -> [UInt8] {
    guard !aliases.isEmpty else { return source }
    var expansion = AliasExpansion(aliases: aliases, source: source)
    for _ in 0..<Limits.expansions {
      guard let word = SyntaxScanner.firstAlias(in: expansion.source, expansion, isPosix: isPosix) else {
        return expansion.source
      }
      expansion.replace(word)
      guard expansion.source.count <= Limits.sourceBytes else { break }
    }
    return source
  }

  /// Those of a shell's aliases that bring an operator or a part of what stands around one, as `if` or a quote, by
  /// themselves or by naming another one that does.
  package static func relevant(of aliases: [[UInt8]: [UInt8]]) -> [[UInt8]: [UInt8]] {
    guard !aliases.isEmpty else { return [:] }
    var found = aliases.filter {
      holds(BGSH_OPERATOR, in: $0.value) || SyntaxScanner.scan($0.value).completeness != .complete
    }
    var isGrowing = !found.isEmpty
    while isGrowing {
      let naming = aliases.filter { alias in
        found[alias.key] == nil
          && alias.value.split(whereSeparator: { Byte($0).endsWord }).contains { found[Array($0)] != nil }
      }
      found.merge(naming) { body, _ in body }
      isGrowing = !naming.isEmpty
    }
    return found
  }

  /// Whether bash would look up a word of the source, and find it.
  func expands(_ word: Range<Int>, mayBeCommand: Bool) -> Bool {
    let name = Array(source[word])
    guard aliases[name] != nil, !bodies.contains(where: { $0.name == name && $0.range.contains(word.lowerBound) })
    else { return false }
    return mayBeCommand || bodies.contains { $0.isFollowedByAlias && isSeparatedByBlanks($0.range.upperBound, word) }
  }

  private func isSeparatedByBlanks(_ offset: Int, _ word: Range<Int>) -> Bool {
    offset <= word.lowerBound && source[offset..<word.lowerBound].allSatisfy { Byte($0).isBlank }
  }

  private mutating func replace(_ word: Range<Int>) {
    let name = Array(source[word])
    guard let body = aliases[name] else { return }
    let endsInBlank = body.last.map { Byte($0).isBlank } ?? false
    // Bash ends the body's last word with a blank, whatever follows the name.
    let text = endsInBlank ? body : body + [UInt8(ascii: " ")]
    source.replaceSubrange(word, with: text)
    let growth = text.count - word.count
    for position in bodies.indices {
      let range = bodies[position].range
      if range.upperBound >= word.upperBound {
        let isAround = range.lowerBound <= word.lowerBound
        bodies[position].range = range.lowerBound + (isAround ? 0 : growth)..<range.upperBound + growth
      }
    }
    bodies.append(
      Body(name: name, range: word.lowerBound..<word.lowerBound + text.count, isFollowedByAlias: endsInBlank))
  }

  private init(aliases: [[UInt8]: [UInt8]], source: [UInt8]) {
    self.aliases = aliases
    self.source = source
  }

  private static func holds(_ text: String, in bytes: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: text.utf8) }
  }
}

extension SyntaxScanner {
  /// The first word of a source that bash would replace by an alias.
  static func firstAlias(in source: [UInt8], _ aliases: AliasExpansion, isPosix: Bool) -> Range<Int>? {
    var scanner = SyntaxScanner(source, isPosix: isPosix)
    scanner.aliases = [aliases]
    do throws(ScanFailure) {
      try scanner.readProgram()
    } catch {
      guard case .alias(let word) = error else { return nil }
      return word
    }
    return nil
  }

  /// Ends the scan at a word that bash would replace.
  func rejectAlias(_ word: Word, mayBeCommand: Bool) throws(ScanFailure) {
    guard word.isPlain, aliases.contains(where: { $0.expands(word.range, mayBeCommand: mayBeCommand) }) else { return }
    throw .alias(word.range)
  }
}
