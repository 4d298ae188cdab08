import BashEngine
import BashSyntax
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

  @Test func `long options are bash's, with one dash or two, and stand before the letters`() throws {
    guard case .run(let arguments) = read(["-norc", "--noprofile", "-eo", "pipefail", "-", "file", "-x"]),
      case .script(let path, let rest) = arguments.source
    else { throw UnexpectedAnswer() }
    #expect(arguments.readsNoStartupFile && arguments.readsNoProfile)
    #expect(arguments.bashOptions.map { String(cString: $0) } == ["--noprofile", "-eo", "pipefail"])
    #expect(
      arguments.plainWords.map { String(cString: $0) }
        == ["-norc", "--noprofile", "-eo", "pipefail", "-", "file", "-x"])
    #expect(String(cString: path) == "file")
    #expect(rest.count == 1)
  }

  @Test func `bgsh's own options are kept from bash, a command may begin with them`() throws {
    guard case .run(let arguments) = read(["--timeout", "5m", "-c", "--name=it", "--timeout 1m x", "name"]),
      case .command(let command, _) = arguments.source
    else { throw UnexpectedAnswer() }
    #expect(arguments.taskFlags == ["--timeout", "5m", "--name", "it"])
    #expect(String(cString: command) == "--timeout 1m x")
    #expect(arguments.plainWords.map { String(cString: $0) } == ["-c", "--", "--timeout 1m x", "name"])
  }

  @Test func `the job commands are those of the one table`() {
    #expect(Set(WordCompletion.commandFlags.keys) == Set(JobCommands.all))
    for name in JobCommands.all {
      #expect(SyntaxScanner.scan(Array("\(name) @1".utf8)).mentionsTaskReference, "\(name)")
    }
    #expect(Program.help.contains("job commands: \(JobCommands.all.joined(separator: ", "))\n"))
  }

  @Test(arguments: [
    ["--timeout", "5m"], ["--json", "-c", "x"], ["--nonsense"], ["--rcfile"], ["-c"], ["--notify", "loud"],
  ])
  func `what cannot be meant is wrong`(words: [String]) throws {
    guard case .wrong(let problem) = read(words) else { throw UnexpectedAnswer() }
    #expect(problem.contains(words[0]))
  }
}
