import TestSupport
import Testing

/// Keys that mean something to a running program, in bgsh as in bash.
struct InterruptTests {
  @Test(arguments: ["sleep 1234", "while :; do sleep 1234; done", "for i in 1 2 3; do sleep 1234; done; echo after"])
  func `Ctrl-C ends a program, and the loop around it`(line: String) throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.begin(line)
      try shell.terminal.waitForForeground("sleep")
      try shell.terminal.send(.interrupt)
      transcript.append(try shell.terminal.expect(shell.prompt))
      transcript.append(try shell.turn("echo $?"))
    }
    #expect(bgsh == bash)
    #expect(bgsh.last == "130\n")
  }

  @Test(arguments: ["while :; do :; done", "f() { while :; do :; done; }; f", "until false; do x=$((x + 1)); done"])
  func `Ctrl-C ends a loop of builtins`(line: String) throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.begin("echo begun; \(line)")
      try shell.terminal.expect("begun\n")
      try shell.terminal.send(.interrupt)
      transcript.append(try shell.terminal.expect(shell.prompt))
      transcript.append(try shell.turn("echo $?"))
    }
    #expect(bgsh == bash)
    #expect(bgsh.last == "130\n")
  }

  @Test func `Ctrl-C leaves the rest of the line undone`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.begin("sleep 1234; echo not reached")
      try shell.terminal.waitForForeground("sleep")
      try shell.terminal.send(.interrupt)
      transcript.append(try shell.terminal.expect(shell.prompt))
    }
    #expect(bgsh == bash)
  }

  /// Without bash: once in some hundred times, its own readline forgets the prompt.
  @Test func `Ctrl-C at the prompt drops the line`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.terminal.send("echo not this")
    try shell.terminal.expect("echo not this")
    try shell.terminal.send(.interrupt)
    #expect(try shell.terminal.expect(shell.prompt) == "^C\n")
    #expect(try shell.turn("echo $?") == "130\n")
    try shell.terminal.sendLine("for i in 1")
    try shell.terminal.expect("\n> ")
    try shell.terminal.send(.interrupt)
    #expect(try shell.terminal.expect(shell.prompt) == "^C\n")
    #expect(try shell.turn("echo whole") == "whole\n")
  }

  @Test func `a trap on INT runs`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.turn("trap 'echo trapped' INT")
      try shell.begin("sleep 1234")
      try shell.terminal.waitForForeground("sleep")
      try shell.terminal.send(.interrupt)
      transcript.append(try shell.terminal.expect(shell.prompt))
      transcript.append(try shell.turn("echo $?"))
    }
    #expect(bgsh == bash)
  }

  @Test func `Ctrl-Z stops a program; jobs, bg, fg and the job's number go on with it`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      func type(_ key: PseudoTerminal.Key) throws {
        try shell.terminal.waitForForeground("sleep")
        try shell.terminal.send(key)
        transcript.append(try shell.terminal.expect(shell.prompt))
      }
      try shell.begin("sleep 1234")
      try type(.suspend)
      for line in ["echo $?", "jobs", "jobs -l", "bg", "jobs"] { transcript.append(try shell.turn(line)) }
      try shell.begin("fg")
      try type(.suspend)
      try shell.begin("%1")
      try type(.suspend)
      try shell.begin("fg %sleep")
      try type(.interrupt)
      for line in ["echo $?", "jobs", "fg", "echo $?", "bg %1", "kill %1", "wait %1"] {
        transcript.append(try shell.turn(line))
      }
    }
    #expect(bgsh == bash)
  }

  @Test func `Ctrl-Backslash quits a program and not the shell`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.turn("ulimit -c 0")
      try shell.begin("sleep 1234")
      try shell.terminal.waitForForeground("sleep")
      try shell.terminal.send(.control("\\"))
      transcript.append(try shell.terminal.expect(shell.prompt))
      transcript.append(try shell.turn("echo $?"))
    }
    #expect(bgsh == bash)
  }
}
