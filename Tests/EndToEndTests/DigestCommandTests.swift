import TestSupport
import Testing

/// `digest` and `output --digest`: what matters in an output.
struct DigestCommandTests {
  private static let output = "step 1\nstep 2\nerror: no such thing\n\nstep 3\nmake: *** [Makefile:3: all] Error 2\n"

  private func file(_ text: String, in scratch: ScratchState, as name: String = "log") throws -> String {
    try FileTree.write(text, to: "\(scratch.path)/\(name)")
    return "\(scratch.path)/\(name)"
  }

  @Test func `a file is read`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("digest", file(Self.output, in: scratch))
    #expect(outcome.status == .success)
    #expect(outcome.standardOutput == "error: no such thing\n")
    #expect(outcome.standardError.isEmpty)
  }

  @Test(arguments: [
    "cat log | digest", "digest <log", "digest <(cat log)", "cat log | \"$0\" digest", "digest /dev/stdin <log",
  ])
  func `so is whatever comes in`(_ line: String) throws {
    let scratch = try ScratchState()
    _ = try file(Self.output, in: scratch)
    let outcome = try scratch.bgsh("-c", "true &bg --quiet\n\(line)", BuiltProducts.bgsh)
    #expect(outcome.standardOutput == "error: no such thing\n", "\(outcome.standardError)")
  }

  @Test func `of a long stream the beginning and the end are read`() throws {
    let scratch = try ScratchState()
    let steps = "yes step | head -n 500000"
    let script = "{ echo error: first; echo; \(steps); echo; echo error: last; } | \"$0\" digest"
    #expect(try scratch.bgsh("-c", script, BuiltProducts.bgsh).standardOutput == "error: first\nerror: last\n")
  }

  @Test func `the status decides what matters`() throws {
    let scratch = try ScratchState()
    let log = try file("error: no\n1\n2\n3\n4\n5\n", in: scratch)
    #expect(try scratch.bgsh("digest", "--status", "0", log).standardOutput == "1\n2\n3\n4\n5\n")
  }

  @Test func `what is new since a good run goes first`() throws {
    let scratch = try ScratchState()
    let good = try file("error: as ever\nstep 1\n", in: scratch, as: "good")
    let bad = try file("error: as ever\nstep 2\nan odd thing\n", in: scratch, as: "bad")
    #expect(try scratch.bgsh("digest", "--last-good", good, bad).standardOutput == "an odd thing\n")
  }

  @Test func `of nothing, nothing is shown`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("digest", "/dev/null")
    #expect(outcome.status == .success)
    #expect(outcome.standardOutput.isEmpty)
  }

  @Test(
    arguments: [
      (["missing"], "bgsh: cannot read 'missing': No such file or directory\n"),
      (["/"], "bgsh: cannot read '/': Is a directory\n"),
      (["--last-good", "missing", "/dev/null"], "bgsh: cannot read 'missing': No such file or directory\n"),
    ])
  func `what cannot be read is named`(_ words: [String], _ complaint: String) throws {
    let scratch = try ScratchState()
    let outcome = try Command(
      BuiltProducts.bgsh, ["digest"] + words, environment: scratch.environment, directory: scratch.path
    ).run()
    #expect(outcome.status == .exited(1))
    #expect(outcome.standardError == complaint)
  }

  @Test func `the digest of a task is shown`() throws {
    let scratch = try ScratchState()
    _ = try file(Self.output, in: scratch)
    let outcome = try scratch.bgsh("-c", "{ cat log; exit 3; } &bg --quiet\nwait; output --digest; output @@ --digest")
    #expect(outcome.standardOutput == "error: no such thing\nerror: no such thing\n")
    #expect(
      try scratch.bgsh("output", "--digest", "@1", "@7").standardError
        == "bgsh: no task @7; 'jobs -a' shows the tasks there are\n")
  }

  @Test(arguments: [["-f"], ["--new"], ["-n", "3"], ["--grep", "a"], ["--stdout"]])
  func `it goes with no other option`(_ words: [String]) throws {
    let scratch = try ScratchState()
    let outcome = try Command(
      BuiltProducts.bgsh, ["output", "--digest"] + words, environment: scratch.environment, directory: scratch.path
    ).run()
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardError.hasPrefix("bgsh: --digest goes with no other option\n"))
  }
}
