import Glibc
import TestSupport
import Testing

/// How a shell begins and ends.
struct LifetimeTests {
  static let ends: [(line: String, Ending)] = [
    ("exit", .exited(0)),
    ("exit 9", .exited(9)),
    ("(exit 4); exit", .exited(4)),
    ("exit 256", .exited(0)),
    ("exec true", .exited(0)),
    ("exec sh -c 'exit 7'", .exited(7)),
    ("set -e; false", .exited(1)),
    ("kill -9 $$", .killed(signal: SIGKILL)),
    ("kill -HUP $$", .killed(signal: SIGHUP)),
    ("trap 'exit 5' USR1; kill -USR1 $$", .exited(5)),
    ("trap 'echo bye' EXIT; exit 3", .exited(3)),
    ("logout; exit 2", .exited(2)),
    ("f() { exit 6; }; f", .exited(6)),
    ("exec no-such-command-here", .exited(127)),
  ]

  @Test(arguments: ends)
  func `a shell ends as bash ends`(line: String, status: Ending) throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      let shell = try kind.start(in: scratch)
      try shell.terminal.sendLine(line)
      if line.contains("no-such") {
        // Interactive shells survive that.
        try shell.terminal.expect("not found")
        try shell.terminal.expect(shell.prompt)
        #expect(try shell.turn("echo $?") == "127\n")
        try shell.terminal.sendLine("exit 127")
      }
      #expect(try shell.terminal.waitForExit() == status, "\(kind)")
      if line.contains("bye") { #expect(shell.terminal.text.contains("\nbye\n")) }
      try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    }
  }

  @Test func `Ctrl-D ends the shell with the last status`() throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      let shell = try kind.start(in: scratch)
      try shell.turn("(exit 3)")
      try shell.terminal.send(.endOfFile)
      try shell.terminal.expect("exit\n")
      #expect(try shell.terminal.waitForExit() == .exited(3), "\(kind)")
    }
  }

  @Test func `Ctrl-D within a command does what it does in bash`() throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      let shell = try kind.start(in: scratch)
      try shell.terminal.sendLine("if true")
      try shell.terminal.expect("\n> ")
      try shell.terminal.send(.endOfFile)
      try shell.terminal.expect("unexpected end of file")
      #expect(try shell.terminal.waitForExit() == .exited(2), "\(kind)")
    }
  }

  @Test(arguments: ["IGNOREEOF=1", "set -o ignoreeof"])
  func `Ctrl-D may be ignored`(setting: String) throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.turn(setting)
      try shell.terminal.send(.endOfFile)
      transcript.append(try shell.terminal.expect(shell.prompt))
    }
    #expect(bgsh == bash)
  }

  @Test func `a program that takes the place of the shell has the terminal`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.begin("PS1='inner> ' exec bash --norc --noprofile")
    try shell.terminal.expect("inner> ")
    try shell.terminal.sendLine("echo in''side")
    try shell.terminal.expect("inside\n")
    try shell.terminal.expect("inner> ")
    try shell.terminal.sendLine("exit 3")
    #expect(try shell.terminal.waitForExit() == .exited(3))
  }

  @Test func `exit says how many tasks go on`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("cat gate &bg sleep 1234 &bg")
    #expect(try shell.exit() == .success)
    #expect(shell.terminal.text.hasSuffix("bgsh: 2 tasks go on running; 'bgsh jobs -a' shows them\n"))
    try gate.open()
    #expect(try scratch.waitForEnd()["state"] == "exited")
    #expect(try scratch.record(2)["state"] == "running")
  }

  @Test func `the terminal is given back to the shell that bgsh was started from`() throws {
    let scratch = try ScratchState()
    let outer = try ShellSession(in: scratch, program: "bash", arguments: ["--noprofile"], prompt: "outer> ")
    try FileTree.write("PS1='inner> '\n", to: "\(scratch.home)/.bashrc")
    try outer.begin("'\(BuiltProducts.bgsh)'")
    try outer.terminal.expect("inner> ")
    try outer.terminal.sendLine("suspend")
    try outer.terminal.expect("Stopped")
    try outer.terminal.expect("outer> ")
    #expect(try outer.turn("echo here") == "here\n")
    try outer.begin("fg")
    try outer.terminal.expect("inner> ")
    try outer.terminal.sendLine("echo in''side")
    try outer.terminal.expect("inside\n")
    try outer.terminal.expect("inner> ")
    try outer.terminal.sendLine("exit 3")
    try outer.terminal.expect("outer> ")
    #expect(try outer.turn("echo $?") == "3\n")
  }
}
