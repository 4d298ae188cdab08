import TestSupport
import Testing

/// A few minutes of somebody's at a terminal, to be the same in bash and in bgsh.
///
/// What cannot be equal, such as process IDs, a row does not print.
struct Row: Sendable, CustomTestStringConvertible {
  let name: String
  let setup: Setup
  let steps: [Step]

  init(_ name: String, _ steps: Step..., in setup: Setup = .plain) {
    self.name = name
    self.setup = setup
    self.steps = steps
  }

  var testDescription: String { name }
}

/// Expects a row to be the same in both.
func compare(_ row: Row) throws {
  if let difference = try difference(in: row) { Issue.record("\(row.name): \(difference)") }
}

/// Runs a row in bash, then in bgsh at the same path, and compares after every step what is seen, and at the end what
/// is left.
func difference(in row: Row) throws -> String? {
  let scratch = try ScratchState()
  var expected: [Sight] = []
  let left = try Sitting(of: row, program: .oracle, in: scratch).run { step, sitting in
    expected.append(try sitting.settledSight(after: step))
    return true
  }
  try scratch.reset()
  var index = 0
  var difference: String?
  let other = try Sitting(of: row, program: .subject, in: scratch).run { step, sitting in
    // More steps than in bash: the shell has not ended, which was seen.
    guard index < expected.count else { return false }
    let sight = try sitting.sight(after: step, equalTo: expected[index])
    if sight != expected[index] {
      let name = step.map { "\($0)" } ?? "the start"
      difference = "after step \(index), \(name):\n\(expected[index].difference(from: sight))"
    }
    index += 1
    return difference == nil
  }
  guard difference == nil, left != other else { return difference }
  return "what is left:\n-- bash --\n\(left.text)\n-- bgsh --\n\(other.text)"
}
