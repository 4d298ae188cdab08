import TestSupport
import Testing

/// Programs that use the terminal themselves.
struct TerminalTests {
  @Test func `read takes the next line typed`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.begin("read -p 'name? ' n; echo \"got $n\"")
      try shell.terminal.expect("name? ")
      try shell.terminal.sendLine("some one")
      transcript.append(try shell.terminal.expect(shell.prompt))
      try shell.begin("read -s -p 'secret? ' s; echo; echo \"got $s\"")
      try shell.terminal.expect("secret? ")
      try shell.terminal.waitUntil("no echo") { !shell.terminal.isEchoing }
      try shell.terminal.sendLine("hidden")
      transcript.append(try shell.terminal.expect(shell.prompt))
      try shell.begin("select x in one two; do echo \"$REPLY $x\"; break; done")
      try shell.terminal.expect("#? ")
      try shell.terminal.sendLine("2")
      transcript.append(try shell.terminal.expect(shell.prompt))
    }
    #expect(bgsh == bash)
  }

  @Test func `cat reads until Ctrl-D`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.begin("cat")
      try shell.terminal.waitForForeground("cat")
      try shell.terminal.sendLine("typed")
      try shell.terminal.expect("typed\ntyped\n")
      try shell.terminal.send(.endOfFile)
      transcript.append(try shell.terminal.expect(shell.prompt))
      transcript.append(try shell.turn("echo $?"))
    }
    #expect(bgsh == bash)
  }

  @Test func `a line typed ahead runs next`() throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      let gate = try Gate(in: scratch)
      let shell = try kind.start(in: scratch)
      try shell.begin("read <gate; echo first")
      try shell.terminal.waitUntil("the line runs") { shell.terminal.isCanonical }
      try shell.terminal.sendLine("echo sec''ond")
      try shell.terminal.expect("echo sec''ond\n")
      try gate.open()
      try shell.terminal.expect("first\n")
      try shell.terminal.expect("second\n")
      try shell.terminal.expect(shell.prompt)
    }
  }

  @Test func `less and vim have the screen, and the prompt is intact afterwards`() throws {
    let scratch = try ScratchState()
    try scratch.write((1...100).map { "line \($0)\n" }.joined(), to: "text")
    let shell = try ShellSession(in: scratch, columns: 80)
    try shell.begin("less text")
    try shell.terminal.expectScreen("the first page") { $0.isAlternate && $0.lines.first == "line 1" }
    try shell.terminal.send("G")
    try shell.terminal.expectScreen("the last page") { $0.lines.contains("line 100") }
    try shell.terminal.send("q")
    try shell.terminal.expect(shell.prompt)
    #expect(!shell.terminal.screen.isAlternate)

    try shell.begin("vim -u NONE -N -n text")
    try shell.terminal.expectScreen("the file") { $0.isAlternate && $0.lines.first == "line 1" }
    try shell.terminal.send("ione more \u{1B}")
    try shell.terminal.expectScreen("the change") { $0.lines.first == "one more line 1" }
    try shell.terminal.send(":wq\r")
    try shell.terminal.expect(shell.prompt)
    #expect(!shell.terminal.screen.isAlternate)
    #expect(shell.terminal.screen.lines.last == "ready>")
    #expect(try shell.turn("head -1 text") == "one more line 1\n")
  }

  @Test func `a program stopped in full screen gives the screen back`() throws {
    let scratch = try ScratchState()
    try scratch.write("only\n", to: "text")
    let shell = try ShellSession(in: scratch, columns: 80)
    try shell.begin("vim -u NONE -N -n text")
    try shell.terminal.expectScreen("the file") { $0.isAlternate && $0.lines.first == "only" }
    try shell.terminal.send(.suspend)
    try shell.terminal.expect(shell.prompt)
    #expect(!shell.terminal.screen.isAlternate)
    #expect(try shell.turn("echo typed") == "typed\n")
    try shell.begin("fg")
    try shell.terminal.expectScreen("the file again") { $0.isAlternate && $0.lines.first == "only" }
    try shell.terminal.send(":q\r")
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("echo $?") == "0\n")
  }

  @Test func `stty settings of the user's stay`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      for line in ["stty -ixon", "true", "stty -a | grep -o '.ixon'", "stty tostop", "stty -a | grep -o '.tostop'"] {
        transcript.append(try shell.turn(line))
      }
    }
    #expect(bgsh == bash)
  }

  @Test func `the size of the window is known after it changes`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("true")
    try shell.terminal.resize(rows: 30, columns: 120)
    #expect(try shell.turn("stty size") == "30 120\n")
    #expect(try shell.turn("echo $LINES $COLUMNS") == "30 120\n")
  }
}
