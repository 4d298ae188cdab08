import Agents
import ArgumentParser
import ProcessControl
import SystemPackage

/// Serves a host that speaks the Model Context Protocol.
struct MCPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp", abstract: "Serve the tools of 'bgsh tool' over the Model Context Protocol.",
    discussion: """
      Hosts start this as a server on standard input and output; --print-config shows what to paste into their settings. \
      This runs commands as you. The man page bgsh-mcp(1) has more.
      """)

  @Flag(help: "Leave tasks running when the connection ends.")
  var keep = false

  @Flag(help: "Let the shells read the files of a login shell.")
  var login = false

  @Option(
    help: ArgumentHelp(
      "Print what to paste into the settings of a host: \(Host.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "host"))
  var printConfig: Host?

  func run() throws {
    if let printConfig {
      let options = (keep ? ["--keep"] : []) + (login ? ["--login"] : [])
      return FileDescriptor.standardOutput.show(
        printConfig.settings(program: ExecutablePath.bgsh, options: options))
    }
    try MCPServer(options: ShellOptions(isLogin: login, keepsTasks: keep)).run()
  }
}

extension Host: ExpressibleByArgument {}
