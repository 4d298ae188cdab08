import Glibc
import TestSupport
import Testing

/// `--end-with-shell`: the task is ended when the shell of its session has ended.
struct EndWithShellTests {
  @Test(arguments: ["exit", "kill -9 $$", "exec true", "bgsh is killed"])
  func `the task ends with its shell, however that ends, and others run on`(end: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1000 &bg --end-with-shell")
    try shell.turn("sleep 1001 &bg")
    try scratch.waitForRecord(of: 2)
    if end == "bgsh is killed" {
      try SessionProcesses(in: scratch).kill(.bgsh)
    } else {
      try shell.terminal.sendLine(end)
    }
    try scratch.waitForEnd()
    #expect(try scratch.record(1)["state"] == "killed")
    #expect(try scratch.record(1)["ended_by"] == "session")
    #expect(try scratch.record(2)["state"] == "running")
  }

  @Test func `so it is with a script, and its rerun`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "sleep 1000 &bg --end-with-shell\nrerun @1\nsleep 1001 &bg")
    try scratch.waitForEnd()
    try scratch.waitForEnd(of: 2)
    for id: Int64 in 1...2 { #expect(try scratch.record(id)["ended_by"] == "session") }
    #expect(try scratch.record(3)["state"] == "running")
  }

  @Test func `a supervisor that takes over knows it`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1000 &bg --end-with-shell")
    try scratch.waitForRecord()
    try SessionProcesses(in: scratch).kill(.supervisor)
    try shell.turn("true &bg; wait @@")
    try shell.exit()
    try scratch.waitForEnd()
    #expect(try scratch.record(1)["ended_by"] == "session")
  }
}
