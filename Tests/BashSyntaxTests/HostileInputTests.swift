import SyntaxSupport
import Testing

@testable import BashSyntax

@Suite struct HostileInputTests {
  @Test func `random fragments of grammar are read to an end`() {
    var random = RandomSource(seed: 7)
    for _ in 0..<20_000 {
      let source = (0..<Int.random(in: 1...40, using: &random)).flatMap { _ in
        Array(HostileInputTests.fragments.randomElement(using: &random)!.utf8)
      }
      HostileInputTests.check(source)
    }
  }

  @Test func `random bytes are read to an end`() {
    var random = RandomSource(seed: 8)
    for _ in 0..<5_000 {
      let count = Int.random(in: 0...200, using: &random)
      HostileInputTests.check((0..<count).map { _ in .random(in: 0...255, using: &random) })
    }
  }

  @Test func `mutated scripts are read to an end`() {
    var random = RandomSource(seed: 9)
    for script in Corpus.scripts where script.source.count < 10_000 && !script.source.isEmpty {
      for _ in 0..<3 {
        var source = script.source
        for _ in 0..<Int.random(in: 1...5, using: &random) {
          let offset = source.indices.randomElement(using: &random)!
          let fragment = HostileInputTests.fragments.randomElement(using: &random)!
          source.replaceSubrange(offset..<min(offset + 2, source.count), with: Array(fragment.utf8))
        }
        HostileInputTests.check(source)
      }
    }
  }

  @Test(arguments: [
    "$(", "(", "((", "$((", "<((", "{ ", "${a:-", "`", "\"$(", "\"`", "if ", "while ", "case x in a) ", "f() { ",
    "[[ ( ", "@(", "a=(", "a[", "<(", "cat <<E\n$(", "cat <<E;", "cat <<E\n", "&bg ", "a &bg ", "a &bg --",
    "--timeout ", "--timeout 5 ", "(( \"$( ", "$(( \"$( ", "! ", "time ", "coproc ", "for i in ", "a && ", "a | ",
    "\\\n", "a &bg | ", "[[ ! ", "$(cat <<E\n", "`cat <<E\n", "x=`\\`", "a]=", "a[1]=", "declare a]=", "2", "{a",
    "$'",
  ])
  func `ten thousand of the same are read to an end`(text: String) {
    HostileInputTests.check(Array(String(repeating: text, count: 10_000).utf8))
  }

  @Test(arguments: [
    ("$(", ")"), ("( ", " )"), ("{ ", "; }"), ("`", "`"), ("if a; then ", "; fi"), ("${x:-", "}"), ("$(( ", " ))"),
    ("\"$(echo ", ")\""), ("$(( \"$( ", ") \" ) )"), ("((", ") )"),
  ])
  func `nesting is followed to a limit, then left to bash`(opening: String, closing: String) {
    func nested(_ count: Int) -> String {
      String(repeating: opening, count: count) + "a" + String(repeating: closing, count: count)
    }
    #expect(SyntaxScanner.scan(nested(30)).completeness == .complete)
    HostileInputTests.check(Array(nested(10_000).utf8))
  }

  @Test func `nested parentheses beyond the limit are unreadable`() {
    let source = String(repeating: "$( ", count: 10_000) + "a &bg" + String(repeating: " )", count: 10_000)
    let scan = SyntaxScanner.scan(source)
    #expect(scan.completeness == .unreadable)
    #expect(scan.operators.isEmpty)
  }

  /// Scans a source, and checks that whatever is found stands where it is said to stand.
  private static func check(_ source: [UInt8]) {
    let scan = SyntaxScanner.scan(source)
    var lastStart = 0
    for operation in scan.operators {
      let written = source[operation.operatorRange]
      #expect(written.starts(with: operation.form == .prefix ? "--timeout".utf8 : "&bg".utf8))
      #expect(operation.list.lowerBound >= lastStart)
      #expect(operation.form == .alone || !operation.list.isEmpty)
      lastStart = operation.list.lowerBound
      #expect(operation.flags.allSatisfy { operation.operatorRange.contains($0.range.lowerBound) })
      #expect(operation.hereDocumentBodies.allSatisfy { $0.lowerBound >= operation.list.upperBound })
    }
    #expect(scan.problems.allSatisfy { $0.offset <= source.count && $0.line > 0 && $0.column > 0 })
    #expect(scan.completeness != .unreadable || scan.operators.isEmpty && scan.problems.isEmpty)
  }

  private static let fragments = [
    "a", " ", " ", " ", "\n", ";", "&", "|", "&&", "||", "&bg", " &bg ", "--name x", "--timeout 5 ", "(", ")", "{ ",
    "; }", "$(", "`", "\"", "'", "\\", "${x", "}", "((", "))", "$((", "[[ ", " ]]", "<<E\n", "\nE\n", "if ", "then ",
    "fi ", "case x in ", "a) ", ";;", "esac ", "for i in ", "do ", "done ", "f() ", "a=(", "a[", "]=", "#", "<(", "@(",
    ">f", "2>&1", "! ", "time ", "coproc ", "$'", "$\"", "\u{0}", "é", "@7", "wait ", "while ", "=~ ", "<<-'E'\n",
    "\\\n",
  ]
}
