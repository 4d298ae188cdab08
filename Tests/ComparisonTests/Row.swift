import Glibc
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
///
/// Bash has races with itself, such as when it learns of a job's end: on a busy machine a row may then show one thing in
/// one run and another in the next, in either shell. So a difference is looked at twice, and said if it was seen once.
func compare(_ row: Row) throws {
  guard let first = try difference(in: row) else { return }
  guard let second = try difference(in: row) else { return print("seen once only, \(row.name): \(first)") }
  Issue.record("\(row.name): \(second)")
}

/// Writes what a row showed in bash below the directory that `BGSH_COMPARE_SHOW` names, for a look at what a row does.
private func show(_ row: Row, _ sights: [Sight], _ left: Sitting.Remains) throws {
  guard let directory = getenv("BGSH_COMPARE_SHOW") else { return }
  let text = sights.map { "\($0.text)\n" }.joined() + left.text
  try FileTree.write(text, to: "\(String(cString: directory))/\(row.name.replacing("/", with: "_"))")
}

/// Runs a row in bash, then in bgsh at the same path, and compares after every step what is seen, and at the end what
/// is left.
///
/// - Parameter grace: How long they may differ: a busy machine takes its time.
func difference(in row: Row, grace: Duration = .seconds(6)) throws -> String? {
  let scratch = try ScratchState()
  var expected: [Sight] = []
  let left = try Sitting(of: row, program: .oracle, in: scratch, grace: grace).run { step, sitting in
    expected.append(try sitting.settledSight(after: step))
    return true
  }
  try show(row, expected, left)
  try scratch.reset()
  var index = 0
  var difference: String?
  let other = try Sitting(of: row, program: .subject, in: scratch, grace: grace).run { step, sitting in
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
