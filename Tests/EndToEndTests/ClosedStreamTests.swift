import TestSupport
import Testing

/// Job commands that cannot write what they were asked for.
struct ClosedStreamTests {
  static let commands = [
    "jobs -a", "jobs -l", "jobs --json", "why @1", "why --json @1", "output @1", "output -n 1 @1", "output -f @1",
    "output --grep o @1", "notifications --history", "notifications --json --history", "doctor", "doctor --json",
    "kill --dry-run @2", "kill --json -0 @2", "wait --json @1", "prune --older-than 9d", "prune --json --older-than 9d",
    "jobs --help", "kill --help", "rerun --help", "complete-references", "fg @1",
  ]

  @Test(arguments: commands)
  func `what cannot be written is a failure, and said`(command: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "echo output &bg\nwait; sleep 1234 &bg")
    try scratch.waitForRecord(of: 2)
    let failure: Int32 = command.hasPrefix("wait") || command.hasPrefix("fg") ? 125 : 1
    for (redirection, reason) in [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")] {
      let outcome = try scratch.command("bash", "-c", "'\(BuiltProducts.bgsh)' \(command) \(redirection)").run()
      #expect(outcome.status == .exited(failure), "\(redirection)")
      #expect(outcome.standardError == "bgsh: cannot write: \(reason)\n")
    }
    let script = "trap '' PIPE; { '\(BuiltProducts.bgsh)' \(command) || echo \"status $?\" >&2; } | :"
    let quiet = try scratch.command("bash", "-c", script).run()
    #expect(
      quiet.standardError.isEmpty || quiet.standardError == "status \(failure)\n", "a pipe's reader has seen enough")
  }

  @Test func `nothing of bgsh's comes to stand where a standard stream was closed`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "echo output &bg\nwait")
    for streams in ["<&-", "<&- >&-", "<&- >&- 2>&-", "2>&-"] {
      for command in ["jobs -a", "output @1", "wait @1", "wait --launched -"] {
        _ = try scratch.command("bash", "-c", "'\(BuiltProducts.bgsh)' \(command) \(streams)").run()
      }
    }
    let outcome = try scratch.command("bash", "-c", "'\(BuiltProducts.bgsh)' wait --launched - <&-").run()
    #expect(outcome.status == .exited(125))
    #expect(outcome.standardError == "bgsh: cannot read standard input: Bad file descriptor\n")
    #expect(try scratch.record(1)["exit_code"] == 0)
    #expect(try scratch.output() == "output\n")
  }
}
