import Glibc
import TestSupport
import Testing

/// What is left when processes of a session are killed.
struct DeathTests {
  @Test func `a supervisor that is killed is replaced, and nothing is lost`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let gate2 = try Gate(in: scratch, "gate2")
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try shell.turn("sleep 1234 &bg --timeout 1500ms")
    try shell.turn("{ read <gate2; kill -9 $BASHPID; } &bg sleep 1234 &bg")
    try scratch.waitForRecord(of: 4)
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    let second = try SessionProcesses(in: scratch, except: [first.supervisor])
    #expect(second.bgsh == first.bgsh && second.bash == first.bash)
    try gate.open()
    let record = try scratch.waitForEnd()
    #expect(record["state"] == "exited" && record["exit_code"] == 7)
    #expect(record["usage"]["max_rss_kib"] != .null)
    #expect(try shell.turn("").contains("[@1] ✘ failed (exit 7)"))
    // What begins now, and what was to be ended.
    try shell.turn("(exit 9) &bg")
    #expect(try scratch.waitForEnd(of: 5)["exit_code"] == 9)
    let timedOut = try scratch.waitForEnd(of: 2)
    #expect(timedOut["state"] == "timed-out" && timedOut["signal"] == "TERM")
    #expect(try shell.turn("kill @4; wait @4; echo status $?").contains("status 143\n"))
    second.kill(.supervisor)
    let third = try SessionProcesses(in: scratch, except: [first.supervisor, second.supervisor])
    try gate2.open()
    let killed = try scratch.waitForEnd(of: 3)
    #expect(killed["state"] == "killed" && killed["signal"] == "KILL" && killed["ended_by"] == .null)
    #expect(third.bgsh == first.bgsh)
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try waitUntil("nor a directory") { FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty }
    #expect(!shell.terminal.text.contains("supervisor"))
    try Promises(of: scratch).check()
  }

  /// Lets everybody of a session die between the confirmation of a launch, `@2`, and its record.
  private func dieBeforeRecord(in scratch: ScratchState) throws {
    let shell = try ShellSession(in: scratch)
    try shell.turn("true &bg")
    try scratch.waitForEnd()
    let session = try SessionProcesses(in: scratch)
    kill(session.supervisor, SIGSTOP)
    try shell.terminal.sendLine("sleep 1234 &bg --name never")
    try shell.terminal.waitUntil("it is confirmed") { shell.terminal.text.contains("[@2 never] started") }
    let tasks = scratch.survivors.filter { ![session.bgsh, session.supervisor, session.bash].contains($0.processID) }
    // A bgsh that is stopped puts no other supervisor into the place of this one; and if it died first, the kernel would
    // let this one go on, whose process group is orphaned then.
    kill(session.bgsh, SIGSTOP)
    session.kill(.supervisor, .bgsh, .bash)
    for task in tasks { kill(task.processID, SIGKILL) }
    try waitUntil("nobody is left") { scratch.survivors.isEmpty }
  }

  @Test func `a launch that was confirmed is lost when everybody dies before it is on record`() throws {
    let scratch = try ScratchState()
    try dieBeforeRecord(in: scratch)
    let record = try scratch.record(2)
    #expect(record["state"] == "lost" && record["name"] == "never" && record["command"] == "sleep 1234")
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg wait")
    #expect(try scratch.records().map(\.["id"]) == [1, 2, 3])
    try Promises(of: scratch, mayBeLost: true).check()
  }

  @Test(arguments: ["EMFILE", "EIO"])
  func `a launch that was confirmed is not forgotten while that cannot be read`(error: String) throws {
    let scratch = try ScratchState()
    try dieBeforeRecord(in: scratch)
    let name = try #require(FileTree.names(in: "\(scratch.stateDirectory)/run").first)
    let list = "\(scratch.stateDirectory)/run/\(name)/launched"
    let fault = "inject=openat,read:error=\(error)"
    _ = try scratch.command(
      "strace", "-qq", "-o", "/dev/null", "-P", list, "-e", "trace=openat,read", "-e", fault, BuiltProducts.bgctl,
      "jobs", "-a"
    ).run()
    #expect(FileTree.exists(list))
    #expect(try scratch.record(2)["state"] == "lost")
    #expect(try scratch.record(2)["name"] == "never")
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty)
  }

  @Test func `leaving tasks behind a replaced supervisor is said`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1234 &bg")
    try scratch.waitForRecord(of: 1)
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    #expect(try shell.exit() == .success)
    #expect(shell.terminal.text.contains("bgsh: 1 task goes on running; the supervisor was killed"))
  }

  @Test func `a task that waits for input is seen and let on by a new supervisor`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let first = try SessionProcesses(in: scratch)
    try shell.turn("{ read a; echo got $a; } &bg")
    try scratch.waitForState("waiting-for-input")
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    try shell.turn("{ read a; echo got $a; } &bg")
    try scratch.waitForState("waiting-for-input", of: 2)
    for id in 1...2 {
      try shell.begin("fg @\(id)")
      try shell.terminal.waitUntil("it has the terminal") { shell.terminal.foregroundGroupID != first.bash }
      try shell.terminal.sendLine("this")
      try shell.terminal.expect("got this\n")
      try shell.terminal.expect(shell.prompt)
      #expect(try scratch.waitForEnd(of: Int64(id))["exit_code"] == 0)
    }
  }

  @Test func `time paused does not count for a new supervisor either`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let first = try SessionProcesses(in: scratch)
    try shell.turn("{ kill -STOP $BASHPID; exit 3; } &bg --timeout 700ms")
    try scratch.waitForState("paused")
    try shell.turn("sleep 1234 &bg --timeout 900ms")
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    #expect(try scratch.waitForEnd(of: 2)["state"] == "timed-out")
    #expect(try scratch.record(1)["state"] == "paused")
    try shell.turn("kill -CONT @1")
    #expect(try scratch.waitForEnd()["exit_code"] == 3)
  }

  @Test func `what a supervisor has ended was ended by it, though another one records that`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let gate = try Gate(in: scratch)
    try shell.turn("{ trap 'touch asked; read <gate; exit 0' TERM; while :; do sleep 0.01; done; } &bg --timeout 200ms")
    try waitUntil("it is asked to end") { FileTree.exists("\(scratch.path)/asked") }
    let first = try SessionProcesses(in: scratch)
    // The next supervisor comes when there is nothing left that it could signal.
    try #require(kill(first.bgsh, SIGSTOP) == 0)
    first.kill(.supervisor)
    try gate.open()
    let record = try scratch.record(1)
    guard case .number(let processID) = record["pid"] else { throw HarnessFailure("@1 has no process") }
    try waitUntil("it has ended") { try FileTree.text("/proc/\(processID)/stat").contains(") Z ") }
    try #require(kill(first.bgsh, SIGCONT) == 0)
    try waitUntil("it is on record") { try scratch.record(1)["ended_at"] != .null }
    #expect(try scratch.record(1)["state"] == "timed-out")
    #expect(try scratch.record(1)["ended_by"] == "timeout")
    #expect(try shell.exit() == .success)
    try Promises(of: scratch).check()
  }

  @Test func `a script goes on when its supervisor is killed`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let script = """
      (exit 3) &bg
      wait @1; echo "1: $?"
      { read <\(gate.name); exit 4; } &bg
      wait --timeout 1ms @2
      supervisor=$(grep -lsz "^$BGSH_SESSION$" /proc/[0-9]*/cmdline) && kill -9 ${supervisor//[!0-9]/}
      (exit 5) &bg
      echo >\(gate.name)
      wait @2; echo "2: $?"
      wait @3; echo "3: $?"
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "1: 3\n2: 4\n3: 5\n")
    #expect(outcome.standardError == "")
    #expect(outcome.status == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `supervisors that die again and again are given up`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try scratch.waitForRecord()
    var dead: Set<Int32> = []
    for _ in 0..<6 {
      let processes = try SessionProcesses(in: scratch, except: dead)
      dead.insert(processes.supervisor)
      processes.kill(.supervisor)
    }
    try waitUntil("it is given up") {
      FileTree.names(in: "\(scratch.stateDirectory)/run").allSatisfy {
        !FileTree.exists("\(scratch.stateDirectory)/run/\($0)/ids")
      }
    }
    #expect(try shell.turn("").contains("the supervisor of this session is gone"))
    #expect(try shell.turn("true &bg").contains("no task can be started"))
    let doctor = try scratch.bgsh("doctor").standardOutput
    #expect(doctor.contains("bgsh: the supervisor has ended (6 within 10 s)"))
    #expect(doctor.contains("bgsh: no supervisor is started any more"))
    try gate.open()
    #expect(try scratch.waitForEnd()["state"] == "lost")
    #expect(try shell.turn("echo still").contains("still"))
    #expect(try shell.exit() == .success)
    try Promises(of: scratch, mayBeLost: true).check()
  }

  /// Any one, and any two.
  static let victims: [[SessionProcesses.Kind]] = [
    [.bgsh], [.bash], [.supervisor], [.bgsh, .bash], [.bgsh, .supervisor], [.supervisor, .bgsh], [.bash, .supervisor],
    [.supervisor, .bash], [.bgsh, .bash, .supervisor],
  ]

  @Test(arguments: victims)
  func `whoever is killed, every task has one end`(kinds: [SessionProcesses.Kind]) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg sleep 1234 &bg { echo writes; exit 3; } &bg cat &bg")
    try scratch.waitForState("waiting-for-input", of: 4)
    try scratch.waitForEnd(of: 3)
    try SessionProcesses(in: scratch).kill(kinds)
    if kinds != [.supervisor] { _ = try shell.terminal.waitForExit() }
    #expect(try scratch.record(2)["state"] == "running", "it goes on")
    try gate.open()
    let isLost = kinds.count > 1 && kinds.contains(.supervisor)
    try waitUntil("it has ended") { try scratch.record(1)["ended_at"] != .null }
    let record = try scratch.record(1)
    #expect(record["state"] == (isLost ? "lost" : "exited"))
    #expect(record["exit_code"] == (isLost ? .null : 7))
    #expect(try scratch.record(3)["exit_code"] == 3)
    try Promises(of: scratch, mayBeLost: isLost).check()
  }

  @Test func `tasks go on when the terminal is closed`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg { while sleep 0.01; do echo tick; done; } &bg cat &bg")
    try scratch.waitForState("waiting-for-input", of: 3)
    let processes = try SessionProcesses(in: scratch)
    processes.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [processes.supervisor])
    shell.terminal.hangUp()
    // What waited for input is told.
    try waitUntil("nobody waits for input") { try scratch.record(3)["ended_at"] != .null }
    try gate.open()
    try waitUntil("it has ended") { try scratch.record(1)["ended_at"] != .null }
    #expect(try scratch.record(2)["state"] == "running")
    try Promises(of: scratch, mayBeLost: true).check()
  }
}
