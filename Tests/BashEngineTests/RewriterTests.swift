import BashEngine
import BashSyntax
import TestSupport
import Testing

struct RewriterTests {
  private func rewritten(_ source: String) -> String {
    String(decoding: Rewriter.rewrite(Array(source.utf8), SyntaxScanner.scan(Array(source.utf8))), as: UTF8.self)
  }

  @Test(arguments: ["echo a", "a & bg", "echo '&bg'", "cat <<E\n&bg\nE", "# &bg", "x &bgfoo", ""])
  func `what holds no operator stays to the byte`(source: String) {
    #expect(rewritten(source) == source)
  }

  @Test(arguments: [
    "a &bg", "a &bg b", "a &bg --name x\nb", "cat <<E &bg\nbody\nE", "{ a # c\n} &bg # d", "if a &bg then b; fi",
    "f() { a &bg }", "case x in x) a &bg ;; esac", "a &bg --timeout \\\n 5m\nb", "--timeout 5m a\nb",
    "a &bg --split\nb",
    "--timeout 5m a; b",
    "x=$(a &bg)", "for i in 1; do a &bg --name \"n $i\"\ndone", "&bg", "a |\n b &bg\nc",
  ])
  func `the result is bash of as many lines`(source: String) throws {
    let result = rewritten(source)
    #expect(result != source)
    #expect(result.count { $0 == "\n" } == source.count { $0 == "\n" })
    #expect(try Command("bash", ["-n", "-c", result]).run().standardError == "")
  }

  @Test(arguments: [
    ("a &bg --name x --quiet", "'name quiet'"), ("a &bg --name \"$x\" --timeout 5m", "'name? timeout'"),
    ("--timeout ~ --split a", "'timeout? split'"), ("a &bg", "''"),
  ])
  func `what bgsh could not judge is marked`(source: String, flags: String) {
    #expect(rewritten(source).contains(" 'a' \(flags) "))
  }

  @Test(arguments: [
    ("a &bg --timeout 5x", "line 1, column 7: "), ("a\nb &bg --name 7", "line 2, column 7: "),
    ("a &bg --timeout 0", "line 1, column 7: "), ("a &bg --nmae x", "line 1, column 7: "),
  ])
  func `what cannot be is told with its place`(source: String, place: String) {
    let complaints = SourceReview.complaints(about: SyntaxScanner.scan(Array(source.utf8)), in: Array(source.utf8))
    #expect(complaints.count == 1)
    #expect(complaints.first?.hasPrefix(place) == true, "\(complaints)")
  }
}
