/// One failure in an output: the line that it begins with, and what is said about it below.
struct Failure {
  /// How many lines may belong to one failure.
  static let lineLimit = 60

  let score: Int
  /// Its lines, the first one included: none that is blank, decoration, or noise.
  private(set) var lines: [Int]
  private var messages: [Int] = []
  /// The line above that says which file the failure is in, where its own lines do not.
  private let heading: Int?

  init(at line: Int, under heading: Int?, score: Int) {
    self.score = score
    self.heading = heading
    lines = [line]
  }

  mutating func add(_ line: Int, isMessage: Bool, isPlace: Bool) {
    // What follows the first line at once belongs to it: the name of the test, what went wrong.
    if isMessage || !isPlace && line == lines[0] + 1 { messages.append(line) }
    lines.append(line)
  }

  /// Its lines, those that say most first: the heading, the first one, what went wrong, and then whatever is told in its order.
  var byImportance: [Int] {
    (heading.map { [$0] } ?? []) + lines.prefix(1) + messages + lines.dropFirst().filter { !messages.contains($0) }
  }
}
