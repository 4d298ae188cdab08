import TestSupport

/// What a person sees, and what the terminal was told, at one moment.
struct Sight: Equatable {
  var lines: [String]
  var cursor: [Int]
  var isAlternate: Bool
  /// Titles and the like, in order.
  var systemCommands: [String]
  var ending: Ending?

  /// Both, one above the other, with what differs.
  func difference(from other: Sight) -> String {
    """
    -- bash: cursor \(cursor), alternate \(isAlternate), \(systemCommands), \(ending.map { "\($0)" } ?? "runs") --
    \(lines.joined(separator: "\n"))
    -- bgsh: cursor \(other.cursor), alternate \(other.isAlternate), \(other.systemCommands), \
    \(other.ending.map { "\($0)" } ?? "runs") --
    \(other.lines.joined(separator: "\n"))
    --
    """
  }
}
