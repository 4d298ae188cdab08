/// How long, and how much in all, what ended tasks have left on disk is kept: `30d,2G`.
package struct KeepRule: Hashable, Sendable {
  /// nil keeps them however old they are.
  package var ageMilliseconds: Int64?
  /// nil keeps as much as there is.
  package var totalBytes: Int64?

  /// What is kept unless `BGSH_KEEP` says otherwise.
  package static let standard = KeepRule(ageMilliseconds: 30 * 86_400_000, totalBytes: 2 << 30)

  private init(ageMilliseconds: Int64?, totalBytes: Int64?) {
    self.ageMilliseconds = ageMilliseconds
    self.totalBytes = totalBytes
  }

  /// Reads an age, a size, or both, separated by a comma; each with its unit.
  package init(_ text: String) throws(KeepRuleError) {
    self.init(ageMilliseconds: nil, totalBytes: nil)
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard part.utf8.contains(where: { !(48...57).contains($0) }) else { throw KeepRuleError(text: text) }
      if let milliseconds = try? DurationText.milliseconds(part), ageMilliseconds == nil {
        ageMilliseconds = milliseconds
      } else if let bytes = try? SizeText.bytes(part), totalBytes == nil {
        totalBytes = bytes
      } else {
        throw KeepRuleError(text: text)
      }
    }
  }
}

/// What a text is that says neither how long nor how much is kept.
package struct KeepRuleError: Error, Hashable, Sendable, CustomStringConvertible {
  let text: String

  package var description: String {
    "'\(VisibleText.word(text))' is neither an age nor a size nor both; write them with their units, as in 30d,2G"
  }
}
