/// What somebody may have meant who has mistyped a word.
package enum SimilarWord {
  /// The known word that is nearest: one slip away, or two in a longer word. Of equally near ones the first counts.
  ///
  /// - Returns: Nil if none is near enough, or the word itself is known.
  package static func nearest(to word: String, among known: some Sequence<String>) -> String? {
    let most = word.count < 3 ? 0 : word.count < 6 ? 1 : 2
    var best: (word: String, slips: Int)?
    for candidate in known where abs(candidate.count - word.count) <= most {
      let slips = slips(Array(word), Array(candidate))
      if slips <= most, slips < best?.slips ?? .max { best = (candidate, slips) }
    }
    return best.flatMap { $0.slips == 0 ? nil : $0.word }
  }

  /// How many letters have to be put in, left out, replaced, or swapped with the next one (optimal string alignment).
  private static func slips(_ typed: [Character], _ meant: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...meant.count)
    for row in typed.indices {
      var next = [row + 1]
      for column in meant.indices {
        let replaced = last[column] + (typed[row] == meant[column] ? 0 : 1)
        var least = min(replaced, last[column + 1] + 1, next[column] + 1)
        if row > 0, column > 0, typed[row] == meant[column - 1], typed[row - 1] == meant[column] {
          least = min(least, beforeLast[column - 1] + 1)
        }
        next.append(least)
      }
      (beforeLast, last) = (last, next)
    }
    return last[meant.count]
  }
}
