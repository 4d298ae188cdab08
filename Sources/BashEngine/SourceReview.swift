package import BashSyntax
import CProtocol
import Glibc
import Tasks

/// What has to be said about the operators in a piece of source before any of it runs.
package enum SourceReview {
  /// Complaints like `line 3, column 9: nothing to run before '&bg'`; none if the source may run.
  ///
  /// The scanner knows what stands in a wrong place; values that need no expansion are judged here.
  ///
  /// - Parameter firstLine: Which line the source begins with, counted from 1.
  package static func complaints(about scan: SourceScan, in source: [UInt8], firstLine: Int = 1) -> [String] {
    if scan.isTooDeep && mentionsOperator(source) {
      return ["line \(firstLine): a command with '&bg' is nested too deeply to be understood; use a function"]
    }
    let misplaced = scan.problems.map {
      "line \($0.line + firstLine - 1), column \($0.column): \($0.message)"
    }
    let wrong = scan.operators.flatMap(\.flags).compactMap { flag -> String? in
      guard let literal = flag.literalValue else { return nil }
      return TaskOptions.complaint(about: flag.name, literal).map {
        "\(position(of: flag.range.lowerBound, in: source, firstLine: firstLine)): \($0)"
      }
    }
    return misplaced + wrong
  }

  /// Whether something in a source that nobody types can concern tasks; if not, it is bash's alone.
  ///
  /// Quoted text counts, since an alias, a trap or `eval` may run it. What stands behind something that cannot be
  /// understood, such as an archive, may never be read: then the characters count.
  package static func mayConcernTasks(_ source: [UInt8]) -> Bool {
    let hasReference = holds(source, "@")
    let hasPrefix = holds(source, BGSH_PREFIX)
    if mentionsOperator(source) { return true }
    guard hasReference || hasPrefix else { return false }
    let scan = SyntaxScanner.scan(source)
    if scan.mentionsTaskReference || !scan.operators.isEmpty || !scan.problems.isEmpty { return true }
    return scan.completeness != .complete && (hasPrefix || holds(source, " @"))
  }

  /// Whether the characters of the operator stand anywhere in the source, as a word of their own.
  package static func mentionsOperator(_ source: [UInt8]) -> Bool {
    var start = 0
    while let end = end(of: BGSH_OPERATOR, in: source, from: start) {
      if end == source.count || boundaries.contains(source[end]) { return true }
      start = end
    }
    return false
  }

  /// What may follow a word, also at the end of a text that is quoted; NUL characters bash drops.
  private static let boundaries = Array(" \t\n;&|()<>\\\0'\"`".utf8)

  /// Whether the word stands anywhere.
  package static func holds(_ source: [UInt8], _ word: String) -> Bool { end(of: word, in: source, from: 0) != nil }

  /// Where the first of the words ends that stand behind an offset.
  private static func end(of word: String, in source: [UInt8], from start: Int) -> Int? {
    let word = Array(word.utf8)
    let length = word.count
    return source.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var offset = start
      while offset + length <= bytes.count,
        let found = memchr(base + offset, Int32(word[0]), bytes.count - offset - length + 1)
      {
        if memcmp(found, word, length) == 0 { return UnsafeRawPointer(found) - base + length }
        offset = UnsafeRawPointer(found) - base + 1
      }
      return nil
    }
  }

  private static func position(of offset: Int, in source: [UInt8], firstLine: Int) -> String {
    let before = source[..<offset]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + firstLine
    return "line \(line), column \(String(decoding: source[lineStart..<offset], as: UTF8.self).count + 1)"
  }
}
