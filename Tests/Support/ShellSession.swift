import Glibc

/// An interactive shell on a terminal, spoken to one turn at a time.
package final class ShellSession {
  package let terminal: PseudoTerminal
  /// What its prompt ends with: nothing else that the test makes it print does.
  package let prompt: String

  /// Starts a shell on a wide terminal and waits for its first prompt.
  ///
  /// - Parameter startupFile: What `~/.bashrc` holds besides the prompt.
  package init(
    in scratch: ScratchState, program: String = BuiltProducts.bgsh, arguments: [String] = [],
    environment: [String: String] = [:], startupFile: String = "", prompt: String = "ready> ", rows: Int = 24,
    columns: Int = 200,
    deniesForks: Bool = false
  ) throws {
    self.prompt = prompt
    try FileTree.write("PS1='\(prompt)'\n\(startupFile)\n", to: "\(scratch.home)/.bashrc")
    var command = Command(program, arguments, environment: scratch.environment, directory: scratch.path)
    command.environment.merge(environment) { $1 }
    command.deniesForks = deniesForks
    terminal = try PseudoTerminal(command, rows: rows, columns: columns)
    try terminal.expect(prompt)
  }

  /// Types a line and waits for the next prompt.
  ///
  /// - Returns: What stood between the line and that prompt.
  @discardableResult
  package func turn(_ line: String, within limit: Duration = patience) throws -> String {
    try begin(line)
    return try terminal.expect(prompt, within: limit)
  }

  /// Types a line and waits until its echo has ended, not for a prompt.
  package func begin(_ line: String) throws {
    try terminal.sendLine(line)
    for part in line.split(separator: "\n") { try terminal.expect(String(part)) }
    try terminal.expect("\n")
  }

  /// Ends the shell with `exit`.
  @discardableResult
  package func exit(_ status: Int32? = nil) throws -> Ending {
    try terminal.sendLine(status.map { "exit \($0)" } ?? "exit")
    return try terminal.waitForExit()
  }
}
