import TestSupport
import Testing

/// The harness finds what differs: rows that tell bash from bgsh on purpose.
struct HarnessTests {
  static let different = [
    Row("the screen", "echo ${BGSH_SESSION+bgsh}"),
    Row("the screen while a line is edited", .text("echo ${BGSH_SESSION+bgsh}"), .key(.alt("\u{5}"))),
    Row("what a child writes into a file", "export BGSH_SESSION; sh -c 'echo ${BGSH_SESSION:+bgsh}' >seen"),
    Row("the history file", "${BGSH_SESSION+history -s bgsh was here}"),
    Row("the exit status", "exit ${BGSH_SESSION+3}"),
    Row("the modes of the terminal", "${BGSH_SESSION+stty -ixon}"),
    Row("a title", "${BGSH_SESSION+printf '\\e]0;bgsh\\a'}"),
    Row("a file", "${BGSH_SESSION+touch seen}"),
  ]

  @Test(.disabled(if: Sitting.isBashItself), arguments: different)
  func `a difference is found`(row: Row) throws {
    #expect(try difference(in: row, grace: .milliseconds(500)) != nil)
  }
}
