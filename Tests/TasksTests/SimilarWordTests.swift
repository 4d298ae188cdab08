import Tasks
import Testing

struct SimilarWordTests {
  private static let known = ["jobs", "fg", "wait", "kill", "output", "notifications"]

  @Test(arguments: [
    ("jbos", "jobs"), ("job", "jobs"), ("outptu", "output"), ("notification", "notifications"),
    ("kil", "kill"), ("jobs", nil), ("gf", nil), ("x", nil), ("frob", nil), ("", nil), ("abcdef", nil),
  ])
  func `the nearest word is meant, if it is near`(word: String, meant: String?) {
    #expect(SimilarWord.nearest(to: word, among: Self.known) == meant)
  }
}
