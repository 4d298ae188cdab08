import ArgumentParser
import CProtocol
import Glibc
import ProcessControl
import SystemPackage

/// The command line as the user knows it: `bgsh tool`, `bgsh mcp`.
struct Bgsh: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bgsh", abstract: "bgsh for programs that take turns.",
    subcommands: [ToolCommand.self, MCPCommand.self, HookCommand.self])
}

/// Parses the command line, runs one command, prints one error and chooses one status: the only way out.
enum AgentsProgram {
  /// - Returns: The exit status of this process.
  static func run(_ arguments: [String]) -> Int32 {
    FileDescriptor.occupyClosedStandardStreams()
    Signal.fileSizeExceeded.ignore()
    do {
      var command = try Bgsh.parseAsRoot(arguments)
      try command.run()
      return BGSH_STATUS_DONE
    } catch  where Bgsh.exitCode(for: error) == .success {
      FileDescriptor.standardOutput.show(Bgsh.fullMessage(for: error) + "\n")
      return BGSH_STATUS_DONE
    } catch let status as ExitCode {
      return status.rawValue
    } catch {
      let isUsage = Bgsh.exitCode(for: error) == .validationFailure
      let message = isUsage ? Bgsh.message(for: error) : "\(error)"
      FileDescriptor.standardError.show("bgsh: \(message)\n")
      // To those that call hooks, 2 is an order.
      return isUsage && arguments.first != "hook" ? BGSH_STATUS_WRONG_USAGE : BGSH_STATUS_FAILED
    }
  }
}
