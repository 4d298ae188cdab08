import Glibc
import Testing

@testable import Shell

struct ShellArgumentsTests {
  private struct UnexpectedAnswer: Error {}

  private func read(_ words: [String]) -> ShellArguments.Answer {
    ShellArguments.read((["bgsh"] + words).compactMap { strdup($0) })
  }

  @Test func `an exact subcommand name is a subcommand, a path is a script`() throws {
    guard case .subcommand = read(["jobs", "-a"]) else { throw UnexpectedAnswer() }
    guard case .run(let arguments) = read(["./jobs", "x"]), case .script(let path, let rest) = arguments.source
    else { throw UnexpectedAnswer() }
    #expect(String(cString: path) == "./jobs")
    #expect(rest.map { String(cString: $0) } == ["x"])
  }

  @Test func `bash's letters are kept for bash, its own are taken`() throws {
    guard case .run(let arguments) = read(["-lxec", "-o", "posix", "+u", "echo hi", "name"]) else {
      throw UnexpectedAnswer()
    }
    #expect(arguments.isLogin)
    #expect(arguments.bashOptions.map { String(cString: $0) } == ["-xe", "-o", "posix", "+u"])
    #expect(arguments.asksForPosix)
    guard case .command(let command, let rest) = arguments.source else { throw UnexpectedAnswer() }
    #expect(String(cString: command) == "echo hi")
    #expect(rest.map { String(cString: $0) } == ["name"])
  }

  @Test(arguments: [
    ["--timeout", "5m"], ["--json", "-c", "x"], ["--nonsense"], ["-o"], ["-c"], ["--notify", "loud"],
  ])
  func `what cannot be meant is wrong`(words: [String]) throws {
    guard case .wrong(let problem) = read(words) else { throw UnexpectedAnswer() }
    #expect(problem.contains(words[0]))
  }
}
