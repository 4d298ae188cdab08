import TestSupport
import Testing

/// `output` as people read it: several tasks, ends, empty ones, on a terminal and into a pipe.
struct OutputCommandTests {
  @Test func `several tasks stand under lines that name them`() throws {
    let scratch = try ScratchState()
    let script = "echo one &bg --name first\nprintf two &bg\n{ echo three; echo four >&2; } &bg --split\ntrue &bg\nwait"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    let outcome = try scratch.bgsh("output", "@1", "@2", "@3", "@4", "@1")
    #expect(
      outcome.standardOutput == """
        ==> @1 first <==
        one

        ==> @2 <==
        two

        ==> @3 <==
        three
        four

        ==> @4 <==

        ==> @1 first <==
        one

        """)
    #expect(outcome.standardError == "")
    #expect(try scratch.bgsh("output", "@2").standardOutput == "two")
    #expect(
      try scratch.bgsh("output", "--digest", "@1", "@2").standardOutput == "==> @1 first <==\none\n\n==> @2 <==\ntwo\n")
  }

  @Test func `-f ends with how the tasks ended`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "echo a &bg --name x\n(echo b; exit 3) &bg\nwait")
    let outcome = try scratch.bgsh("output", "-f", "@1", "@2")
    #expect(outcome.standardOutput == "@1 | a\n@2 | b\n")
    let lines = outcome.standardError.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(try #require(lines.first).hasPrefix("[@1 x] done after "))
    #expect(try #require(lines.last).hasPrefix("[@2] failed (exit 3) after "))
  }

  @Test func `--path says where the files are`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "echo a &bg\necho b &bg --split\nwait")
    let directory = "\(scratch.stateDirectory)/output"
    let outcome = try scratch.bgsh("output", "--path", "@1", "@2")
    #expect(outcome.standardOutput == "\(directory)/1\n\(directory)/2\n\(directory)/2.stderr\n")
    #expect(try scratch.bgsh("output", "--path", "--stderr", "@2").standardOutput == "\(directory)/2.stderr\n")
    #expect(try scratch.bgsh("output", "--path", "--stderr", "@1").status == .exited(1))
    #expect(try scratch.bgsh("output", "--path", "-f", "@1").status == .exited(2))
  }

  @Test func `on a terminal a prompt begins a line, and what is empty is said`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: ["TERM": "dumb"])
    try shell.turn("printf unfinished &bg wait")
    #expect(try shell.turn("output @1") == "unfinished\n")
    #expect(try shell.turn("output -f @1").hasPrefix("unfinished\n[@1] done after "))
    try shell.turn("true &bg wait")
    #expect(try shell.turn("output @2") == "(no output)\n")
    let gate = try Gate(in: scratch)
    try shell.turn("read <\(gate.name) &bg")
    #expect(try shell.turn("output @3").hasPrefix("(no output yet, running "))
    #expect(try shell.turn("output @3 | cat") == "")
    try gate.open()
  }

  @Test func `wait says on a terminal what it waits for, and leaves no trace`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: ["TERM": "xterm", "NO_COLOR": "1"])
    let gate = try Gate(in: scratch)
    try shell.turn("read <\(gate.name) &bg --name slow")
    try shell.begin("wait @slow")
    try shell.terminal.expect("waiting for @1 slow ")
    try shell.terminal.expect("; Ctrl-C ends the wait, not the tasks")
    try gate.open()
    try shell.terminal.expect("[@1 slow] ")
    try shell.terminal.expect(shell.prompt)
    #expect(!shell.terminal.screen.text.contains("waiting for"))
    let gate2 = try Gate(in: scratch, "gate2")
    try shell.turn("read <\(gate2.name) &bg")
    try shell.begin("wait @2")
    try shell.terminal.expect("waiting for @2 ")
    try shell.terminal.send(.interrupt)
    try shell.terminal.expect(shell.prompt)
    #expect(!shell.terminal.screen.text.contains("waiting for"))
    #expect(try shell.turn("echo $?") == "130\n")
    try gate2.open()
  }
}
