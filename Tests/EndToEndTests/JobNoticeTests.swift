import TestSupport
import Testing

/// What bash says of its own jobs reaches the user as in bash: once, before a prompt.
struct JobNoticeTests {
  /// Takes turns until a text was shown, and then some more; returns everything.
  private func turns(of shell: ShellSession, until wanted: String, after first: String = "") throws -> String {
    var shown = try shell.turn(first)
    try waitUntil("'\(wanted)'") {
      if shown.contains(wanted) { return true }
      shown += try shell.turn("")
      return false
    }
    for _ in 0..<3 { shown += try shell.turn("") }
    return shown
  }

  @Test(arguments: ShellKind.allCases)
  func `a job that has ended is told once, before the next prompt`(kind: ShellKind) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try kind.start(in: scratch)
    #expect(try shell.turn("cat gate >/dev/null &").hasPrefix("[1] "))
    #expect(try shell.turn("jobs") == "[1]+  Running                 cat gate > /dev/null &\n")
    try gate.open()
    #expect(try turns(of: shell, until: "Done") == "[1]+  Done                    cat gate > /dev/null\n")
    #expect(try shell.turn("jobs") == "")
  }

  @Test(arguments: ShellKind.allCases)
  func `a job that fails or is killed is told once`(kind: ShellKind) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try kind.start(in: scratch)
    try shell.turn("(read <gate; exit 3) &")
    try gate.open()
    #expect(try turns(of: shell, until: "Exit") == "[1]+  Exit 3                  ( read < gate; exit 3 )\n")
    try shell.turn("sleep 1234 &")
    let shown = try turns(of: shell, until: "Killed", after: "kill -9 %1")
    #expect(shown == "[1]+  Killed                  sleep 1234\n")
  }

  @Test(arguments: ShellKind.allCases)
  func `the end of a job that was waited for is not told again`(kind: ShellKind) throws {
    let scratch = try ScratchState()
    let shell = try kind.start(in: scratch)
    var shown = try shell.turn("sleep 0.1 & wait")
    for _ in 0..<3 { shown += try shell.turn("") }
    let lines = shown.split(separator: "\n").dropFirst()
    #expect(lines == ["[1]+  Done                    sleep 0.1"])
  }

  @Test(arguments: ShellKind.allCases)
  func `exit warns once while a job is stopped`(kind: ShellKind) throws {
    let scratch = try ScratchState()
    let shell = try kind.start(in: scratch)
    try shell.begin("sleep 1234")
    try shell.terminal.waitForForeground("sleep")
    try shell.terminal.send(.suspend)
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("exit").contains("There are stopped jobs.\n"))
    #expect(try shell.exit(4) == .exited(4))
  }

  @Test(arguments: ShellKind.allCases)
  func `set -b tells at once`(kind: ShellKind) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try kind.start(in: scratch)
    try shell.turn("set -b; cat gate >/dev/null &")
    try gate.open()
    try shell.terminal.expect("Done")
  }
}
