import Glibc
import TestSupport
import Testing

struct CommandTests {
  @Test(arguments: [("exit 0", Ending.success), ("exit 7", .exited(7)), ("kill -9 $$", .killed(signal: SIGKILL))])
  func `the status is the program's own`(script: String, status: Ending) throws {
    #expect(try Command("bash", ["-c", script]).run().status == status)
  }

  @Test func `both streams are collected apart`() throws {
    let outcome = try Command("bash", ["-c", "echo out; echo err >&2"]).run()
    #expect(outcome.standardOutput == "out\n")
    #expect(outcome.standardError == "err\n")
  }

  @Test func `input larger than a pipe passes`() throws {
    let text = String(repeating: "0123456789abcde\n", count: 100_000)
    #expect(try Command("cat").run(input: .text(text)).standardOutput == text)
  }

  @Test func `a program that does not read its input is no obstacle`() throws {
    let text = String(repeating: "x", count: 1_000_000)
    #expect(try Command("true").run(input: .text(text)).status == .success)
  }

  @Test func `a background process that holds the pipes is not waited for`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.command("bash", "-c", "sleep 1000 & echo started").run()
    #expect(outcome.standardOutput == "started\n")
  }

  @Test func `nothing is inherited but the path`() throws {
    setenv("BGSH_LEAKED", "1", 1)
    let outcome = try Command("bash", ["-c", "echo ${BGSH_LEAKED-none}; ls /proc/self/fd | wc -l; tty"]).run()
    #expect(outcome.standardOutput == "none\n4\nnot a tty\n")
  }

  @Test func `a program that does not end is killed, and the failure shows what it wrote`() throws {
    let failure = #expect(throws: HarnessFailure.self) {
      try Command("bash", ["-c", "echo begun; exec sleep 1000"]).run(within: .milliseconds(300))
    }
    #expect(failure?.description.contains("begun") == true)
  }

  @Test func `a missing program is named`() throws {
    let failure = #expect(throws: HarnessFailure.self) { try Command("bgsh-no-such-program").run() }
    #expect(failure?.description.contains("bgsh-no-such-program") == true)
  }
}
