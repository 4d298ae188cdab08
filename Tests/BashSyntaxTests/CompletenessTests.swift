import SyntaxSupport
import Testing

@testable import BashSyntax

@Suite struct CompletenessTests {
  @Test(arguments: CompletenessTests.incomplete)
  func `more lines could complete it`(text: String) {
    #expect(SyntaxScanner.scan(text).completeness == .incomplete)
    #expect(SyntaxScanner.scan(text + "\n").completeness == .incomplete)
  }

  @Test(arguments: CompletenessTests.unreadable)
  func `no more lines could make it right`(text: String) {
    let scan = SyntaxScanner.scan("a &bg --x\n" + text)
    #expect(scan.completeness == .unreadable)
    #expect(scan.operators.isEmpty && scan.problems.isEmpty)
  }

  @Test func `bash agrees on what is incomplete or wrong`() {
    let texts = CompletenessTests.incomplete + CompletenessTests.unreadable
    let verdicts = Bash.verdicts(on: texts.map { Array(($0 + "\n").utf8) })
    for (text, verdict) in zip(texts, verdicts) {
      #expect(verdict == SyntaxScanner.scan(text).completeness, "\(text)")
    }
  }

  @Test(arguments: ["echo a \\", "echo a \\\n", "a && \\\n", "echo a\\\n", "for \\\n", "a &bg --name \\\n", "&bg \\\n"])
  func `a backslash at the end asks for another line`(text: String) {
    #expect(SyntaxScanner.scan(text).completeness == .incomplete)
  }

  @Test(arguments: ["echo a \\\n\n", "echo '\\'", "echo \\\\\n", "# \\\n", "cat <<E\n\\\nE\nE\n"])
  func `a backslash that joins nothing does not`(text: String) {
    #expect(SyntaxScanner.scan(text).completeness == .complete)
  }

  /// bash reads the inner subshell twice, and misses the body the second time.
  @Test func `a here-document within two opening parentheses is left to bash`() {
    #expect(SyntaxScanner.scan("((cat <<E\nE\n); a)").completeness == .unreadable)
    #expect(SyntaxScanner.scan("((a); cat <<E)\nE\n").completeness == .complete)
  }

  static let incomplete = [
    "'", "\"", "echo 'a", "echo \"a", "echo $'a\\'", "echo \"a\\\"", "echo `a", "echo \"`a\"", "echo $(a", "echo \"$(a",
    "echo $(a; b", "echo ${a", "echo \"${a:-\"b\"", "echo $((1", "echo $((1)", "echo $[1", "((1", "((1)", "(", "(a",
    "(a;", "{", "{ a", "{ a;", "{ a; b }", "if", "if a", "if a;", "if a; then", "if a; then b", "if a; then b; else",
    "if a; then b; elif c", "while a", "while a; do b", "until a; do", "for i", "for i in a b", "for i in a; do",
    "for i in a; do b", "for i; do", "for ((;;))", "for ((;;)); do a", "for ((;;)) { a", "for ((", "select i in a; do",
    "case x", "case x in", "case x in a) b", "case x in a) b;;", "case x in a) b; esac | {", "f()", "f() {",
    "f() { a", "function f", "function f {", "function f() (", "coproc { a", "a |", "a |&", "a &&", "a ||", "! {",
    "[[ a &&", "[[", "[[ a == b", "[[ ( a == b )", "[[ a == b ||", "a=(", "a=(b", "a[1", "cat <<E", "cat <<E\na",
    "cat <<E <<F\na\nE", "cat <<-E\n E", "cat <<'E'\nE ", "echo <(a", "echo @(a", "x=$(cat <<E\na", "a; b; {",
    "echo $(case x in a) b;;", "echo $(a # )",
  ]

  static let unreadable = [
    ")", "a )", "}", "{ }", "( )", ";", ";;", "a;;", "a ; ; b", "a & & b", "a & ;", "a && ; b", "a | | b", "| a",
    "&& a", "a | ! b", "a (", "a b()", "f() a", "f( a )", "a=1 (b)", "echo (a)", "echo a(b", "if; then", "if a; fi",
    "if a; then fi", "then", "fi", "do", "done", "esac", "in", "else a", "while a; b; done }", "for", "for; do",
    "for i in a & do", "for ((1)) a", "for i { a; }", "case", "case x a", "case x in a b) c;; esac",
    "case x in a|\nb) c;; esac", "select", "function", "coproc", "a >", "a >; b", "a <<", "a <& ;", "a 2>",
    "[[ a b ]]", "[[ a == ]]", "[[ -f ]]", "[[ a", "[[ a ) ]]", "{ a; } b", "(a) b", "(a) >f }", "if a; then b; fi c",
    "a=(&)", "a=(b;c)", "echo a=(b)", "a() function b { c; }", "a\n;b", "a &>", "time | a", "! | a", "]]",
    "for i in a; do b; done; done", "a() { b; } c", "a;&bg", "coproc ! a", "a &>2>&1", "(a;)(b)",
    "builtin declare a=(1)", "declare >f a=(1)", "declare a 2>f b=(1)", "{ a; } {f-x}>f", "{ a; } {f[]}>f", "(time)",
    "$(a; time)",
  ]
}
