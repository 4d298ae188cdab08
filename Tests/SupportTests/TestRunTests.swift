import TestSupport
import Testing

/// `scripts/run-tests`, with a test bundle that only says what one would say.
struct TestRunTests {
  /// A bundle with two suites, `A` and `B`; the rest is what it does when it is to run `B`.
  private func run(_ suite: String) throws -> (outcome: Outcome, lines: [String]) {
    let scratch = try ScratchState()
    try scratch.write(
      #"""
      #!/bin/bash
      case "$*" in
        *--list-tests*) printf '%s\n' 'T.A/`one`()' 'T.A/`two`(_:)' 'T.B/`three`()' ;;
        *'T\.A/'*)
          echo '◇ Test "one" started.'
          echo '✔ Test "one" passed after 3.500 seconds.'
          printf '\e[90m◇\e[0m Test "two" started.\n'
          printf '\e[92m✔\e[0m Test "two" with 2 test cases passed after 1.250 seconds.\n'
          echo '✔ Test run with 2 tests in 1 suite passed after 4.750 seconds.' ;;
        *)
          echo '◇ Test "three" started.'
      """# + "\n\(suite) ;;\nesac\n", to: "fakePackageTests.xctest", mode: 0o700)
    let checkout = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let outcome = try scratch.command("\(checkout)/scripts/run-tests", scratch.path).run()
    return (outcome, outcome.standardOutput.split(separator: "\n").map(String.init))
  }

  @Test func `a run that passes shows its slowest tests and ends with the sums`() throws {
    let (outcome, lines) = try run(
      """
      echo '✔ Test "three" passed after 2.000 seconds.'
      echo '✔ Test run with 1 test in 1 suite passed after 2.000 seconds.'
      """)
    #expect(outcome.status == .success)
    #expect(
      lines.suffix(4).dropLast() == [#"     3.5  T.A: "one""#, #"     2.0  T.B: "three""#, #"     1.2  T.A: "two""#])
    #expect(lines.last?.hasPrefix("✔ Test run with 3 tests in 2 suites passed after ") == true)
    #expect(!outcome.standardOutput.contains("What failed"))
  }

  @Test func `what failed stands together at the end with all that was recorded`() throws {
    let issue = [
      #"✘ Test "three" recorded an issue with 1 argument text → "a"#, #"b" at T.swift:1:2: Expectation failed: 1 == 2"#,
      "↳ why", "and more",
    ]
    let (outcome, lines) = try run(
      """
      cat <<'E'
      \(issue.joined(separator: "\n"))
      ✘ Test "three" failed after 2.000 seconds with 1 issue.
      ✘ Test run with 1 test in 1 suite failed after 2.000 seconds with 1 issue.
      E
      exit 1
      """)
    #expect(outcome.status == .exited(1))
    let failure = try #require(lines.lastIndex(of: "What failed:"))
    #expect(
      lines[(failure + 1)...].prefix(5) == [
        issue[0], issue[1], issue[2], issue[3], "The slowest of 3 tests, in seconds:",
      ])
    let closing = try #require(lines.last)
    #expect(closing.hasPrefix("✘ Test run with 3 tests in 2 suites failed after "))
    #expect(closing.hasSuffix(" with 1 issue."))
  }

  @Test(arguments: [("kill -SEGV $$", "by signal 11"), ("exit 3", "with status 3"), ("exit 0", "with status 0")])
  func `a runner that ends too early is a failure that names the test`(end: String, how: String) throws {
    let (outcome, lines) = try run(end)
    #expect(outcome.status == .exited(1))
    #expect(lines.contains(#"✘ Suite T.B ended \#(how), in "three""#))
    #expect(lines.last?.hasSuffix(" with 1 issue.") == true)
  }
}
