import Testing

@testable import Shell

struct LineEditorTests {
  @Test(arguments: [
    ("", []), ("    1  echo a\n", ["echo a"]), ("    1* echo a\n    2  b\n", ["echo a", "b"]),
    ("    7  for i\ndo\ndone\n    8  x\n", ["for i\ndo\ndone", "x"]),
    ("    1  echo '\n    9  y'\n", ["echo '\n    9  y'"]),
    ("  999  a\n 1000  b\n", ["a", "b"]),
  ])
  func `history listings are read back`(listing: String, texts: [String]) {
    let entries = LineEditor.entries(in: Array(listing.utf8))
    #expect(entries.map { String(decoding: $0.text, as: UTF8.self) } == texts)
  }
}
