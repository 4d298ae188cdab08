import BashSyntax
import CProtocol

/// The command that bash is reading, line by line. Its operators are found when it is complete.
///
/// A line goes to bash as it was typed, unless it completes a command that holds an operator. The list of an operator may
/// begin on a line that bash already has: bash then gets the whole command again, rewritten. Until then bash reads `&bg` as
/// `&` and a command `bg`, which keeps it asking for more lines where it should. Only a prefix has to be left out.
package struct TypedCommand {
  private var text: [UInt8] = []
  /// The delimiter of the here-document that the next line belongs to.
  private var openDelimiter: [UInt8]?
  /// Whether what stands in ``text`` has to be looked at more closely.
  private var mayConcernTasks = false

  package init() {}

  /// Takes the next line.
  ///
  /// - Returns: What bash is to do with it, and what is to be said where it is refused.
  package mutating func add(_ read: ReadText) -> (verdict: LineVerdict, complaints: [String]) {
    let line = read.text
    let isFirst = read.place == .firstLine
    let start = isFirst ? 0 : text.count + 1
    if isFirst {
      text = line
      openDelimiter = nil
    } else {
      text.append(UInt8(ascii: "\n"))
      text += line
    }
    let aliases = AliasExpansion.relevant(of: read.aliases)
    mayConcernTasks = (!isFirst && mayConcernTasks) || !aliases.isEmpty || Self.mayConcernTasks(line)
    // A long here-document is not to be gone through again with each of its lines.
    guard mayConcernTasks, !isTextOfHereDocument(line) else { return (.asTyped, []) }
    let source = AliasExpansion.expand(text, with: aliases, isPosix: read.isPosix)
    let scan = SyntaxScanner.scan(source, isPosix: read.isPosix)
    openDelimiter = scan.openDelimiter
    let complaints = SourceReview.complaints(about: scan, in: source)
    guard complaints.isEmpty else { return (.refused, complaints) }
    switch scan.completeness {
    case .unreadable: return (.asTyped, [])
    case .incomplete:
      let prefixes = source == text ? scan.openPrefixes : SyntaxScanner.scan(text, isPosix: read.isPosix).openPrefixes
      let rest = text.removing(prefixes, from: start)
      return (rest.count == line.count ? .asTyped : .replacement(rest), [])
    case .complete:
      guard !scan.operators.isEmpty else { return (.asTyped, []) }
      let rewritten = Rewriter.rewrite(source, scan)
      return (isFirst ? .replacement(rewritten) : .wholeCommand(rewritten), [])
    }
  }

  /// Whether the line is in the body of a here-document, and certainly does not end it.
  private func isTextOfHereDocument(_ line: [UInt8]) -> Bool {
    guard let openDelimiter, line.last != UInt8(ascii: "\\"), text.count > line.count + 1 else { return false }
    let isContinued = text[text.count - line.count - 2] == UInt8(ascii: "\\")
    return !isContinued && !line.drop { $0 == UInt8(ascii: "\t") }.starts(with: openDelimiter)
  }

  /// Whether an operator may stand on the line, or begin there.
  private static func mayConcernTasks(_ line: [UInt8]) -> Bool {
    // A word of the operator's may go on behind a backslash and a newline.
    line.last == UInt8(ascii: "\\") || [BGSH_OPERATOR, BGSH_PREFIX].contains { SourceReview.holds(line, $0) }
  }
}

extension [UInt8] {
  /// What stands behind an offset, without some ranges.
  func removing(_ ranges: [Range<Int>], from start: Int) -> [UInt8] {
    (start..<count).filter { offset in !ranges.contains { $0.contains(offset) } }.map { self[$0] }
  }
}
