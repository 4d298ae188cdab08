import Glibc
import TestSupport
import Testing

/// When a whole session is told to end, or made to: a closed window, a logout, a machine that goes down.
struct HangUpTests {
  private let scratch: ScratchState
  private let gate: Gate

  init() throws {
    scratch = try ScratchState()
    gate = try Gate(in: scratch)
  }

  /// Tasks in every state, of which the first ends with 7 when the gate is opened, and the fourth holds out.
  private func launchTasks(in shell: ShellSession) throws {
    try shell.turn("{ read <gate; exit 7; } &bg { while sleep 0.01; do echo tick; done; } &bg cat &bg")
    try shell.turn("{ trap '' TERM HUP; echo set up; while :; do sleep 1234; done; } &bg")
    try shell.turn("{ kill -STOP $BASHPID; exit 5; } &bg")
    try scratch.waitForState("waiting-for-input", of: 3)
    try waitUntil("it holds out") { try scratch.output(of: 4) == "set up\n" }
    try scratch.waitForState("paused", of: 5)
  }

  private func expectEnd(_ id: Int64, _ signal: JSON, at location: SourceLocation = #_sourceLocation) throws {
    // Not with `wait`, which ends when a task waits for input.
    let record = try scratch.waitForState("killed", "exited", "lost", of: id)
    #expect([record["state"], record["signal"]] == ["killed", signal], sourceLocation: location)
    #expect(record["ended_by"] == .null, sourceLocation: location)
  }

  private func expectRunning(_ ids: Int64..., at location: SourceLocation = #_sourceLocation) throws {
    for id in ids { #expect(try scratch.record(id)["state"] == "running", sourceLocation: location) }
  }

  private func openGate(code: JSON = 7) throws {
    try gate.open()
    let record = try scratch.waitForEnd()
    #expect(record["state"] == "exited" && record["exit_code"] == code)
  }

  @Test func `when the terminal is closed tasks go on, and what waits for input is told`() throws {
    let shell = try ShellSession(in: scratch)
    try launchTasks(in: shell)
    let processes = try SessionProcesses(in: scratch)
    shell.terminal.hangUp()
    try expectEnd(3, "HUP")
    try waitUntil("bgsh and bash have ended") {
      !scratch.survivors.contains { [processes.bgsh, processes.bash].contains($0.processID) }
    }
    try expectRunning(2, 4)
    #expect(try scratch.record(5)["state"] == "paused")
    try openGate()
    _ = try scratch.bgsh("kill", "-CONT", "@5")
    #expect(try scratch.waitForEnd(of: 5)["exit_code"] == 5)
    _ = try scratch.bgsh("kill", "@2", "@4")
    try scratch.waitForEnd(of: 4)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `when the leader of the terminal's session is killed tasks go on`() throws {
    let outer = try ShellSession(in: scratch, program: "bash", arguments: ["--noprofile"], prompt: "outer> ")
    try FileTree.write("PS1='inner> '\n", to: "\(scratch.home)/.bashrc")
    try outer.begin("'\(BuiltProducts.bgsh)'")
    try outer.terminal.expect("inner> ")
    try outer.terminal.sendLine("{ read <gate; exit 7; } &bg cat &bg")
    try outer.terminal.expect("@2] started")
    try scratch.waitForState("waiting-for-input", of: 2)
    let processes = try SessionProcesses(in: scratch)
    kill(outer.terminal.processID, SIGKILL)
    try expectEnd(2, "HUP")
    try waitUntil("bgsh and bash have ended") {
      !scratch.survivors.contains { [processes.bgsh, processes.bash].contains($0.processID) }
    }
    try openGate()
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  /// As a service manager does when it ends a session.
  private func signalEverybody(_ signal: Int32) {
    for survivor in scratch.survivors { kill(survivor.processID, signal) }
  }

  @Test func `SIGTERM for everybody ends tasks, and each end is recorded`() throws {
    let shell = try ShellSession(in: scratch)
    try launchTasks(in: shell)
    signalEverybody(SIGTERM)
    for id in [1, 2] as [Int64] { try expectEnd(id, "TERM") }
    // What is stopped does not act on it.
    _ = try scratch.bgsh("kill", "-CONT", "@3", "@5")
    for id in [3, 5] as [Int64] { try expectEnd(id, "TERM") }
    try expectRunning(4)
    #expect(try shell.turn("echo as bash: $?").contains("as bash: 0\n"), "an interactive shell goes on")
    signalEverybody(SIGKILL)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    #expect(try scratch.record(4)["state"] == "lost")
    try Promises(of: scratch, mayBeLost: true).check()
  }

  @Test func `SIGTERM for everybody, and SIGKILL at once, makes nothing up`() throws {
    let shell = try ShellSession(in: scratch)
    try launchTasks(in: shell)
    signalEverybody(SIGTERM)
    signalEverybody(SIGKILL)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    for id in 1...5 as ClosedRange<Int64> {
      let record = try scratch.record(id)
      #expect(record["state"] == "lost" || record["state"] == "killed" && record["signal"] != .null)
    }
    try Promises(of: scratch, mayBeLost: true).check()
  }

  @Test func `a script that gets SIGTERM with all its processes leaves records`() throws {
    let command = scratch.command(
      BuiltProducts.bgsh, "--notify", "off", "-c", "{ read <gate; exit 7; } &bg\n: >ready\nsleep 1234")
    let terminal = try PseudoTerminal(command)
    try waitUntil("it runs") { FileTree.exists("\(scratch.path)/ready") }
    try scratch.waitForRecord()
    signalEverybody(SIGTERM)
    #expect(try terminal.waitForExit() == .killed(signal: SIGTERM))
    try expectEnd(1, "TERM")
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  /// Runs bgsh as after a restart of the machine: the kernel gives each boot another identifier.
  private func bgshAfterRestart(_ arguments: String...) throws -> Outcome {
    try scratch.write("01234567-89ab-cdef-0123-456789abcdef\n", to: "boot_id")
    let restart = "mount --bind boot_id /proc/sys/kernel/random/boot_id && exec \"$@\""
    let words = ["-Urm", "sh", "-c", restart, "sh", BuiltProducts.bgsh] + arguments
    return try Command("unshare", words, environment: scratch.environment, directory: scratch.path).run()
  }

  @Test(.enabled(if: Machine.canMount))
  func `after a restart of the machine what ran is lost, and numbers mean nothing`() throws {
    let shell = try ShellSession(in: scratch)
    try shell.turn("(exit 3) &bg")
    try shell.turn("sleep 1234 &bg cat &bg")
    try scratch.waitForState("waiting-for-input", of: 3)
    try scratch.waitForEnd()
    let session = FileTree.names(in: "\(scratch.stateDirectory)/run")
    try SessionProcesses(in: scratch).kill(.bgsh, .bash, .supervisor)
    _ = try shell.terminal.waitForExit()
    // The process lives: in this boot the record counts, in another it is a stranger's that was given the same number.
    #expect(try scratch.record(2)["state"] == "running")
    let listed = try JSON(parsing: try bgshAfterRestart("jobs", "-a", "--json").standardOutput)
    #expect(listed.elements.map { $0["state"] } == ["exited", "lost", "lost"])
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/run") == [])
    #expect(session.count == 1)
    #expect(try bgshAfterRestart("kill", "@2").status == .exited(1), "it has ended, whoever has that number")
    #expect(scratch.survivors.contains { $0.commandLine == "sleep 1234" })
    #expect(try bgshAfterRestart("--notify", "off", "-c", "(exit 6) &bg wait").status == .exited(6))
    try waitUntil("numbers go on") { try scratch.records().last?["exit_code"] == 6 }
    let last = try #require(scratch.records().last?["id"].number)
    #expect(last > 3)
    let away = try ShellSession(in: scratch)
    #expect(try (away.turn("") + away.terminal.text).contains("[@2] ✘ lost: sleep 1234"))
  }
}
