/// Makes a source that shows a disagreement smaller, so that a person sees what it is about.
package enum Shrinking {
  /// The smallest part of a source that still shows it.
  ///
  /// - Parameter showing: Which of several sources show it.
  package static func shrunk(_ source: [UInt8], showing: ([[UInt8]]) -> [Bool]) -> [UInt8] {
    var source = source
    var length = max(1, source.count / 2)
    while length >= 1 {
      let candidates = stride(from: 0, to: source.count, by: length).map { start in
        Array(source[..<start] + source[min(start + length, source.count)...])
      }
      if let position = showing(candidates).firstIndex(of: true) {
        source = candidates[position]
      } else {
        length = length == 1 ? 0 : (length + 1) / 2
      }
    }
    return source
  }
}
