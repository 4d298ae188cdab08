import Glibc
import TestSupport
import Testing

/// The connection between bgsh and its bash.
struct ConnectionTests {
  /// What bgsh asks its supervisor before a prompt has no answer within a quarter of a second: there is time for Ctrl-C.
  @Test func `after a Ctrl-C while a question has no answer yet every line has its own`() throws {
    let scratch = try ScratchState()
    // Bash makes its prompt just before it asks.
    let shell = try ShellSession(
      in: scratch, startupFile: #"PS1='$(printf x >>"$HOME/asked")ready> '"#)
    let asked = "\(scratch.home)/asked"
    let supervisor = try SessionProcesses(in: scratch).supervisor
    kill(supervisor, SIGSTOP)
    for _ in 1...8 {
      let before = try FileTree.text(asked).count
      try shell.terminal.sendLine("true")
      try shell.terminal.waitUntil("a question") { try FileTree.text(asked).count > before }
      try shell.terminal.send(.interrupt)
      try shell.terminal.expect("^C")
      try shell.terminal.expect(shell.prompt)
    }
    kill(supervisor, SIGCONT)
    for number in 1...4 {
      #expect(try shell.turn("echo line $((\(number) + 0))") == "line \(number)\n")
      #expect(try shell.turn("echo task \(number) &bg").contains("started: echo task \(number)"))
      #expect(try shell.turn("wait @@ >/dev/null; output @@").contains("task \(number)"))
      #expect(try shell.turn("for i in 1 2\ndo echo both $i &bg\ndone").contains("started: echo both $i"))
      #expect(try shell.turn("true &bg --bogus").contains("'--bogus'"))
    }
  }
}
