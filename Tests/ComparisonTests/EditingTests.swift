import TestSupport
import Testing

/// Keys that edit a line.
struct EditingTests {
  static let rows = [
    Row("Ctrl-C on a filled line", "echo a", .text("echo b"), .interrupt, "echo $?"),
    Row("Ctrl-C on an empty line", .interrupt, "echo $?"),
  ]

  @Test(arguments: rows)
  func `lines are edited as in bash`(row: Row) throws { try compare(row) }
}
