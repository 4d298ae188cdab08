import ArgumentParser
import Glibc

/// Runs tools for a program that sends calls as lines of JSON.
struct ToolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tool", abstract: "Run tools for a program: calls as lines of JSON, results in the same order.",
    discussion: """
      {"type":"tool_use","id":"t1","name":"Bash","input":{"command":"npm test","run_in_background":true}} on standard \
      input is answered by a tool_result on standard output; notifications come first in the next result. This runs \
      commands as you. The man page bgsh-tool(1) has the tools.
      """)

  @Flag(help: "Also tell at once, as lines of their own, what happens to tasks.")
  var events = false

  @Flag(help: "Leave tasks running when the connection ends.")
  var keep = false

  @Flag(help: "Let the shells read the files of a login shell.")
  var login = false

  func run() throws {
    try LineServer(options: ShellOptions(isLogin: login, keepsTasks: keep), emitsEvents: events).run()
  }
}
