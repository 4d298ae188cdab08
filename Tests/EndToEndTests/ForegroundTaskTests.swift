import TestSupport
import Testing

/// Tasks that want the terminal or are brought to it: `waiting for input`, and `fg`.
struct ForegroundTaskTests {
  /// Brings a task of one process group to the foreground and waits until it has the terminal.
  private func bringForward(_ shell: ShellSession, in scratch: ScratchState, _ id: Int64 = 1) throws {
    let group = try #require(try scratch.record(id)["pid"].number)
    try shell.begin("fg @\(id)")
    try shell.terminal.waitUntil("@\(id) has the terminal") { Int64(shell.terminal.foregroundGroupID) == group }
  }

  @Test func `a task that asks is reported, and answered in the foreground`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    let list = "{ read <gate; read -p 'name? ' x; echo got $x; exit 7; }"
    try shell.turn("\(list) &bg")
    try gate.open()
    try scratch.waitForState("waiting-for-input")
    let notice = try shell.turn("")
    #expect(notice.hasPrefix("[@1] ? waiting for input"))
    #expect(notice.hasSuffix(": \(list)\n  name?\n"))
    #expect(try shell.turn("output @1") == "name? \n", "what was seen is asked again below")
    #expect(try shell.turn("") == "", "it is told once")
    #expect(try shell.turn("jobs").hasPrefix("@1  waiting for input  "))
    try shell.begin("fg @1")
    try shell.terminal.expect("name? ")
    try scratch.waitForState("running")
    try shell.terminal.sendLine("some one")
    try shell.terminal.expect("got some one\n")
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("echo $?") == "7\n")
    #expect(try shell.turn("tty -s && echo on a terminal") == "on a terminal\n", "the shell has it back")
    #expect(try scratch.record(1)["exit_code"] == 7)
  }

  @Test func `a program that reads behind another one is found waiting too`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("timeout 60 cat &bg")
    try scratch.waitForState("waiting-for-input")
    try shell.begin("fg @1")
    try shell.terminal.waitUntil("it goes on") { try scratch.record(1)["state"] == "running" }
    try shell.terminal.sendLine("typed")
    try shell.terminal.expect("typed\ntyped\n")
    try shell.terminal.send(.endOfFile)
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("echo $?") == "0\n")
    #expect(try scratch.record(1)["state"] == "exited")
  }

  @Test func `Ctrl-C ends the task in the foreground, and the shell lives`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ echo ready; sleep 1234; } &bg")
    try waitUntil("it is ready") { try scratch.output() == "ready\n" }
    try bringForward(shell, in: scratch)
    try shell.terminal.expect("ready\n")
    try shell.terminal.send(.interrupt)
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("echo $?") == "130\n")
    let record = try scratch.waitForEnd()
    #expect(record["signal"] == "INT" || record["exit_code"] == 130)
    #expect(!scratch.survivors.contains { $0.commandLine == "sleep 1234" })
    #expect(try shell.turn("") == "")
  }

  @Test func `Ctrl-Z detaches the task, which goes on`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    let list = "{ read x; echo got $x; read <gate; echo went on; }"
    try shell.turn("\(list) &bg")
    try scratch.waitForState("waiting-for-input")
    try shell.begin("fg @1")
    try scratch.waitForState("running")
    // Its answer shows that it has the terminal and runs.
    try shell.terminal.sendLine("it")
    try shell.terminal.expect("got it\n")
    try shell.terminal.send(.suspend)
    try shell.terminal.expect("[@1] detached: \(list)\n")
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("echo $?") == "0\n")
    try scratch.waitForState("running")
    #expect(try shell.turn("jobs").hasPrefix("@1  running  "))
    try gate.open()
    #expect(try scratch.waitForEnd()["exit_code"] == 0)
    #expect(try scratch.output() == "got it\nwent on\n")
    let notice = try shell.turn("")
    #expect(notice.hasPrefix("[@1] ✔ done after ") && notice.hasSuffix(": \(list)\n"))
  }

  @Test func `the foreground shows what a task has written and how it ended`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    let list = "{ read <gate; echo out; exit 3; }"
    try shell.turn("\(list) &bg")
    try gate.open()
    try scratch.waitForEnd()
    let shown = try shell.turn("fg @1")
    #expect(shown.hasPrefix("out\n[@1] ✘ failed (exit 3) after "))
    #expect(shown.hasSuffix(": \(list)\n"))
    #expect(try shell.turn("echo $?") == "3\n")
  }

  @Test func `what is no task cannot be brought to the foreground`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    #expect(try shell.turn("fg @9").hasPrefix("bgsh: "))
    #expect(try shell.turn("fg @9 2>/dev/null; echo $?") == "127\n")
  }
}
