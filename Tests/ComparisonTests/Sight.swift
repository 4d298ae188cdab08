import TestSupport

/// What a person sees, and what the terminal was told, at one moment.
struct Sight: Equatable {
  /// With their colours.
  var lines: [String]
  var cursor: [Int]
  var isAlternate: Bool
  /// Titles and the like, in order.
  var systemCommands: [String]
  var ending: Ending?

  var text: String {
    """
    cursor \(cursor), alternate \(isAlternate), \(systemCommands), \(ending.map { "\($0)" } ?? "runs") --
    \(lines.joined(separator: "\n"))
    """
  }

  /// Both, one above the other.
  func difference(from other: Sight) -> String { "-- bash: \(text)\n-- bgsh: \(other.text)\n--" }
}
