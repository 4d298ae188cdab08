import Glibc

/// What lines are to match: an extended regular expression. The corresponding C function is `regexec`.
package final class LinePattern {
  private var expression: regex_t

  /// Fails for a text that is no regular expression.
  package init(_ text: String) throws(LinePatternError) {
    var expression = regex_t()
    let failure = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)
    guard failure == 0 else {
      var words = [CChar](repeating: 0, count: 128)
      regerror(failure, &expression, &words, words.count)
      throw LinePatternError(
        text: text, reason: String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    self.expression = expression
  }

  deinit { regfree(&expression) }

  /// Whether a line, given without its line feed, matches somewhere.
  package func matches(_ line: ArraySlice<UInt8>) -> Bool {
    // An empty one needs an address, too.
    (line.isEmpty ? [0] : line).withUnsafeBytes { bytes in
      var bounds = regmatch_t(rm_so: 0, rm_eo: regoff_t(line.count))
      return regexec(&expression, bytes.bindMemory(to: CChar.self).baseAddress, 1, &bounds, REG_STARTEND) == 0
    }
  }
}

/// Why a text is no regular expression, in the C library's words.
package struct LinePatternError: Error, Hashable, Sendable {
  package let text: String
  package let reason: String
}
