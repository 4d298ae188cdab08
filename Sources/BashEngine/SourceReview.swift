package import BashSyntax
import Glibc
import Tasks

/// What has to be said about the operators in a piece of source before any of it runs.
package enum SourceReview {
  /// Complaints like `line 3, column 9: nothing to run before '&bg'`; none if the source may run.
  ///
  /// The scanner knows what stands in a wrong place; values that need no expansion are judged here.
  package static func complaints(about scan: SourceScan, in source: [UInt8]) -> [String] {
    let misplaced = scan.problems.map { "line \($0.line), column \($0.column): \($0.message)" }
    let wrong = scan.operators.flatMap(\.flags).compactMap { flag -> String? in
      guard let literal = flag.literalValue, let option = TaskOptions.Flag(rawValue: flag.name.rawValue)
      else { return nil }
      return TaskOptions.complaint(about: option, literal).map {
        "\(position(of: flag.range.lowerBound, in: source)): \($0)"
      }
    }
    return misplaced + wrong
  }

  /// Whether the characters of the operator stand anywhere in the source, as a word of their own.
  package static func mentionsOperator(_ source: [UInt8]) -> Bool {
    guard holds(source, "&bg") else { return false }
    let word = Array("&bg".utf8)
    let boundaries = Array(" \t\n;&|()<>".utf8)
    return source.indices.contains { start in
      guard source[start] == word[0], source[start...].starts(with: word) else { return false }
      let end = start + word.count
      return end == source.count || boundaries.contains(source[end])
    }
  }

  /// Whether the word stands anywhere before the first NUL. The corresponding C function is `strstr`.
  package static func holds(_ source: [UInt8], _ word: String) -> Bool {
    (source + [0]).withUnsafeBytes { bytes in
      bytes.baseAddress.map { strstr($0.assumingMemoryBound(to: CChar.self), word) != nil } ?? false
    }
  }

  private static func position(of offset: Int, in source: [UInt8]) -> String {
    let before = source[..<offset]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    return "line \(line), column \(String(decoding: source[lineStart..<offset], as: UTF8.self).count + 1)"
  }
}
