import Testing

@testable import BashSyntax

@Suite struct ProblemTests {
  @Test(arguments: ProblemTests.problems)
  func `a broken use is reported where it stands`(text: String, message: String) throws {
    let marked = MarkedSource(text)
    let scan = SyntaxScanner.scan(marked.source)
    let problem = try #require(scan.problems.first)
    #expect(problem.message == message)
    #expect(problem.offset == marked.problemOffset)
    #expect(scan.problems.count == 1)
    #expect(scan.completeness == .complete)
  }

  @Test func `a problem says its line and its column in characters`() throws {
    let problems = SyntaxScanner.scan("a\n\n'äö' &bg --x; b &bg --y\n \u{FF} &bg --z").problems
    #expect(problems.map(\.line) == [3, 3, 4])
    #expect(problems.map(\.column) == [10, 21, 8])
  }

  @Test func `each problem of a source is reported, in order`() {
    let scan = SyntaxScanner.scan("&bg; a &bg --x &bg; b &bg | c")
    #expect(scan.problems.map(\.offset) == [0, 11, 15, 26])
  }

  static let nothingBefore = "nothing to run before '&bg'"
  static let known =
    "it takes --timeout, --kill-after, --name, --desc, --quiet, --limit, --split, --no-input, --end-with-shell and "
    + "--notify-on"

  static let problems = [
    ("a; ❌&bg", nothingBefore),
    ("a & ❌&bg", nothingBefore),
    ("❌&bg; a", nothingBefore),
    ("❌&bg\na", nothingBefore),
    ("a\n❌&bg", nothingBefore),
    ("❌&bg --name x", nothingBefore),
    ("❌&bg a", nothingBefore),
    ("a && ❌&bg", nothingBefore),
    ("a ||\n❌&bg", nothingBefore),
    ("a | ❌&bg", nothingBefore),
    ("a |& ❌&bg", nothingBefore),
    ("! ❌&bg", nothingBefore),
    ("time ❌&bg", nothingBefore),
    ("( ❌&bg )", nothingBefore),
    ("(❌&bg)", nothingBefore),
    ("{ ❌&bg; }", nothingBefore),
    ("x=$(❌&bg)", nothingBefore),
    ("if ❌&bg then b; fi", nothingBefore),
    ("while a; do ❌&bg done", nothingBefore),
    ("case x in a) ❌&bg;; esac", nothingBefore),
    ("f() { ❌&bg; }", nothingBefore),
    ("a &bg ❌--tiemout 5", "unknown flag '--tiemout' after '&bg'; \(known)"),
    ("a &bg ❌--tiemout=5", "unknown flag '--tiemout' after '&bg'; \(known)"),
    ("a &bg ❌-n x", "unknown flag '-n' after '&bg'; \(known)"),
    ("a &bg ❌-", "unknown flag '-' after '&bg'; \(known)"),
    ("a &bg ❌--", "unknown flag '--' after '&bg'; \(known)"),
    ("a &bg ❌--$x", "unknown flag '--$x' after '&bg'; \(known)"),
    ("a &bg --quiet ❌--killafter 5", "unknown flag '--killafter' after '&bg'; \(known)"),
    ("--timeout 5 ❌--nmae x a", "unknown flag '--nmae' after '--timeout'; \(known)"),
    ("a &bg ❌--timeout", "'--timeout' needs a value, like 5m"),
    ("a &bg ❌--timeout; b", "'--timeout' needs a value, like 5m"),
    ("a &bg ❌--timeout\nb", "'--timeout' needs a value, like 5m"),
    ("a &bg ❌--timeout=", "'--timeout' needs a value, like 5m"),
    ("a &bg ❌--timeout --quiet", "'--timeout' needs a value, like 5m"),
    ("(a &bg ❌--name)", "'--name' needs a value, like tests"),
    ("a &bg ❌--desc # b", "'--desc' needs a value, like 'what it is for'"),
    ("a &bg ❌--kill-after", "'--kill-after' needs a value, like 10s"),
    ("a &bg ❌--limit", "'--limit' needs a value, like 64M"),
    ("a &bg ❌--quiet=yes", "'--quiet' takes no value"),
    ("a &bg --name x ❌--split=stderr", "'--split' takes no value"),
    ("a &bg ❌| b", "'|' cannot follow '&bg': write '&bg' at the end of the pipeline"),
    ("a &bg ❌|& b", "'|&' cannot follow '&bg': write '&bg' at the end of the pipeline"),
    ("a &bg --quiet ❌|\n b", "'|' cannot follow '&bg': write '&bg' at the end of the pipeline"),
    ("a &bg ❌&& b", "'&&' cannot follow '&bg': write '&bg' at the end of the list"),
    ("a &bg ❌|| b", "'||' cannot follow '&bg': write '&bg' at the end of the list"),
    ("a &bg ❌&", "'&' cannot follow '&bg': one of them is enough"),
    ("a &bg ❌& b", "'&' cannot follow '&bg': one of them is enough"),
    ("a &bg ❌&bg", "'&bg' cannot follow '&bg': one of them is enough"),
    ("a &bg ❌>f", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("a &bg --quiet ❌<f", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("a &bg ❌2>f", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("a &bg ❌{fd}>f", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("a &bg ❌&>f", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("a &bg ❌<<E\nE\n", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("a &bg ❌<<<b", "a redirection cannot follow '&bg': write it before '&bg'"),
    ("--timeout 5m a ❌&bg", "the prefix '--timeout' and '&bg' cannot be used together"),
    ("--timeout 5m a | b ❌&bg --quiet", "the prefix '--timeout' and '&bg' cannot be used together"),
    ("❌--timeout 5m", "nothing to run after '--timeout'"),
    ("❌--timeout 5m; a", "nothing to run after '--timeout'"),
    ("❌--timeout 5m & a", "nothing to run after '--timeout'"),
    ("(❌--timeout 5m)", "nothing to run after '--timeout'"),
    ("{ ❌--timeout 5m; }", "nothing to run after '--timeout'"),
    ("❌--timeout 5m && a", "nothing to run after '--timeout'"),
    ("!(a ❌&bg)", "'!(' may begin a pattern: write '! (' before a list with '&bg'"),
    (
      "echo ❌`echo \\$x; a &bg`",
      "'&bg' cannot stand in backquotes with backslashes: write '$( )'"
    ),
    (
      "echo ❌`echo \\`a &bg\\``",
      "'&bg' cannot stand in backquotes with backslashes: write '$( )'"
    ),
    (
      "echo \"❌`echo \\\"x\\\"; a &bg`\"",
      "'&bg' cannot stand in backquotes with backslashes: write '$( )'"
    ),
    ("cat <<E\n$(❌&bg)\nE\n", nothingBefore),
  ]
}
