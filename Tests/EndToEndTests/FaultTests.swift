import Glibc
import TestSupport
import Testing

/// A supervisor whose system calls fail: nothing is dropped, nothing is made up, and it is said.
@Suite(.enabled(if: Machine.canInject))
struct FaultTests {
  private func count(_ text: String, in whole: String) -> Int {
    whole.split(separator: text, omittingEmptySubsequences: false).count - 1
  }

  /// What `doctor` shows of the session's log.
  private func log(_ shell: ShellSession, in scratch: ScratchState) throws -> [String] {
    try shell.turn("bgsh doctor --json >findings")
    return try JSON(parsing: FileTree.text("\(scratch.path)/findings")).elements.filter { $0["check"] == "log" }
      .compactMap { if case .string(let detail) = $0["detail"] { detail } else { nil } }
  }

  /// Nobody can open it until it is given back: no right can be denied to root, but a directory is no database.
  private func takeAwayDatabase(of scratch: ScratchState) throws {
    let database = "\(scratch.stateDirectory)/tasks.db"
    try #require(rename(database, "\(database).away") == 0 && mkdir(database, 0o700) == 0)
  }

  private func giveBackDatabase(of scratch: ScratchState) throws {
    let database = "\(scratch.stateDirectory)/tasks.db"
    try #require(rmdir(database) == 0 && rename("\(database).away", database) == 0)
  }

  @Test(arguments: ["EIO", "EROFS", "EACCES"])
  func `a record that cannot be written is written later`(error: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, startupFile: "bgsh() { \(BuiltProducts.bgsh) \"$@\"; }")
    try shell.turn("{ read <gate; exit 7; } &bg")
    try shell.turn("sleep 1234 &bg --timeout 500ms")
    try scratch.waitForRecord(of: 2)
    let supervisor = try SessionProcesses(in: scratch).supervisor
    let injection = try Injection("pwrite64:error=\(error)", into: supervisor, in: scratch)
    try gate.open()
    #expect(try shell.turn("wait @1; echo status $?").contains("status 7\n"), "who waits is told")
    try shell.terminal.waitUntil("it is said") {
      try shell.turn("")
      return shell.terminal.text.contains("bgsh: what tasks do is recorded later: the task database failed: ")
    }
    let isConfirmed = try shell.turn("touch ran &bg echo status $?").contains("status 0\n")
    try injection.stop()
    try waitUntil("it is on record") { try scratch.records().allSatisfy { $0["ended_at"] != .null } }
    #expect(try scratch.record(1)["exit_code"] == 7)
    #expect(try scratch.record(2)["state"] == "timed-out")
    try shell.terminal.waitUntil("it is said again") {
      try shell.turn("")
      return shell.terminal.text.contains("bgsh: what tasks do is recorded again")
    }
    try shell.terminal.waitUntil("tasks are launched again") { try shell.turn("true &bg").contains("] started") }
    let lines = try log(shell, in: scratch)
    #expect(lines.contains { $0.contains("supervisor: nothing can be recorded for now: the task database failed: ") })
    #expect(lines.contains { $0.hasSuffix("supervisor: everything is on record again") })
    #expect(try shell.exit() == .success)
    #expect(count("what tasks do is recorded later", in: shell.terminal.text) == 1)
    #expect(count("[@1] ✘ failed (exit 7)", in: shell.terminal.text) == 1)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    let hasRun = FileTree.exists("\(scratch.path)/ran")
    #expect(try scratch.record(3) != .null || !hasRun)
    #expect(hasRun || !isConfirmed || shell.terminal.text.contains("bgsh: @3 was not started: "))
    try Promises(of: scratch).check()
  }

  @Test(arguments: ["pwrite64:error=EIO:when=1", "fcntl:error=EIO:when=1..3", "pread64:error=EIO:when=1"])
  func `a record that fails once is not worth a word`(fault: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try scratch.waitForRecord()
    _ = try Injection(fault, into: SessionProcesses(in: scratch).supervisor, in: scratch)
    #expect(try shell.turn("(exit 3) &bg echo status $?").contains("status 0\n"))
    try gate.open()
    #expect(try scratch.waitForEnd()["exit_code"] == 7)
    #expect(try scratch.waitForEnd(of: 2)["exit_code"] == 3)
    #expect(try shell.exit() == .success)
    #expect(!shell.terminal.text.contains("recorded later"))
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test(arguments: ["EMFILE", "ENOMEM"])
  func `processes that cannot be read have not gone`(error: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "bgsh() { \(BuiltProducts.bgsh) \"$@\"; }")
    try shell.turn("(trap '' TERM; echo up; while :; do sleep 1234; done) &bg --kill-after 200ms")
    try waitUntil("it is up") { try scratch.output().contains("up") }
    let supervisor = try SessionProcesses(in: scratch).supervisor
    let injection = try Injection("openat:error=\(error)", into: supervisor, in: scratch)
    // The id is there, and its task has to wait.
    try shell.turn("(exit 4) &bg")
    try shell.turn("kill @1; kill -USR2 @1; echo status $?")
    #expect(shell.terminal.text.contains("@1: its processes cannot be seen now: "))
    #expect(try scratch.record(1)["state"] == "running")
    try injection.stop()
    let record = try scratch.waitForEnd()
    #expect(record["ended_by"] == "kill" && record["signal"] == "KILL")
    #expect(try scratch.waitForEnd(of: 2)["exit_code"] == 4)
    // The log had no descriptor either.
    try shell.terminal.waitUntil("it is logged") {
      let lines = try log(shell, in: scratch)
      return lines.contains { $0.contains("supervisor: @2 waits to be adopted: ") }
        && lines.contains { $0.contains("supervisor: what is to end is not known yet: ") }
    }
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test(arguments: ["read:error=EIO:when=1..4", "read:error=ENOMEM:when=1..4", "epoll_ctl:error=ENOMEM:when=1..2"])
  func `a bgsh that cannot be heard has not ended`(fault: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let processes = try SessionProcesses(in: scratch)
    _ = try Injection(fault, into: processes.supervisor, in: scratch)
    for _ in 1...3 { try shell.turn("") }
    try shell.terminal.waitUntil("tasks are launched") { try shell.turn("(exit 3) &bg").contains("] started") }
    try waitUntil("it has ended") { try scratch.records().last?["exit_code"] == 3 }
    #expect(try shell.turn("echo $$").contains("\(processes.bash)\n"))
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test(arguments: ["listen", "bind", "fcntl"])
  func `a supervisor that could not listen listens later, and is waited for`(call: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1234 &bg")
    try scratch.waitForRecord()
    let first = try SessionProcesses(in: scratch)
    // The next one makes its sockets anew: one for launches when it begins, one for requests when it has taken over.
    try takeAwayDatabase(of: scratch)
    first.kill(.supervisor)
    var second: Int32 = 0
    try waitUntil("another supervisor") {
      let found = scratch.survivors.first {
        $0.commandLine.hasPrefix("bgsh-supervisor") && $0.processID != first.supervisor
      }
      second = found?.processID ?? 0
      return FileTree.names(in: "\(scratch.stateDirectory)/run").contains {
        FileTree.exists("\(scratch.stateDirectory)/run/\($0)/launches")
      } && second != 0
    }
    try shell.terminal.waitUntil("it cannot take over") { try shell.turn("").contains("recorded later") }
    let injection = try Injection("\(call):error=ENOMEM:when=1", into: second, in: scratch)
    try giveBackDatabase(of: scratch)
    #expect(try shell.turn("kill @1; wait @1; echo status $?").contains("status 143\n"))
    #expect(injection.count(of: call) > 0)
    let record = try scratch.record(1)
    #expect(record["ended_by"] == "kill" && record["signal"] == "TERM")
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `connections that cannot be accepted are not asked for again and again`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1234 &bg")
    try scratch.waitForRecord()
    let supervisor = try SessionProcesses(in: scratch).supervisor
    let injection = try Injection("accept4:error=ENOMEM", into: supervisor, in: scratch, tracing: "accept4,epoll_wait")
    try shell.begin("kill @1; echo status $?")
    try waitUntil("it has been tried again") { injection.count(of: "accept4") >= 4 }
    #expect(injection.count(of: "epoll_wait") < 100)
    try injection.stop()
    try shell.terminal.expect("status 0")
    #expect(try scratch.waitForEnd()["ended_by"] == "kill")
  }

  @Test func `taking over is tried until the database opens`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg sleep 1234 &bg --timeout 700ms")
    try shell.turn("sleep 4321 &bg")
    try scratch.waitForRecord(of: 3)
    let first = try SessionProcesses(in: scratch)
    try takeAwayDatabase(of: scratch)
    first.kill(.supervisor)
    try gate.open()
    try shell.terminal.waitUntil("it is said") {
      try shell.turn("").contains("bgsh: what tasks do is recorded later: cannot open the task database")
    }
    #expect(try shell.turn("touch ran &bg echo status $?").contains("status 1\n"))
    try giveBackDatabase(of: scratch)
    let record = try scratch.waitForEnd()
    #expect(record["state"] == "exited" && record["exit_code"] == 7)
    #expect(try scratch.waitForEnd(of: 2)["state"] == "timed-out")
    try shell.terminal.waitUntil("tasks are launched again") { try shell.turn("true &bg").contains("] started") }
    #expect(try shell.turn("kill @3; wait @3; echo status $?").contains("status 143\n"))
    #expect(try shell.exit() == .success)
    #expect(!FileTree.exists("\(scratch.path)/ran"))
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `what bgsh knew is on record when it ends before that`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try scratch.waitForRecord()
    let first = try SessionProcesses(in: scratch)
    try takeAwayDatabase(of: scratch)
    first.kill(.supervisor)
    try gate.open()
    try shell.terminal.waitUntil("it is said") { try shell.turn("").contains("recorded later") }
    #expect(try shell.exit() == .success)
    try giveBackDatabase(of: scratch)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    #expect(try scratch.record(1)["exit_code"] == 7)
    try Promises(of: scratch).check()
  }

  enum Loss: String, CaseIterable {
    case removed, moved, replaced, overwritten, emptied, emptiedWithItsIndex, withoutTable

    func happen(to database: String, in scratch: ScratchState) throws {
      switch self {
      case .removed: for suffix in ["", "-wal", "-shm"] { FileTree.remove(database + suffix) }
      case .moved: rename(database, "\(database).old")
      case .replaced:
        let other = try ScratchState()
        _ = try other.bgsh("--notify", "off", "-c", "true &bg wait")
        try waitUntil("nobody has it open") { other.survivors.isEmpty }
        for suffix in ["", "-wal", "-shm"] { rename("\(other.stateDirectory)/tasks.db\(suffix)", database + suffix) }
      case .overwritten:
        for suffix in ["", "-wal"] {
          let bytes = try FileTree.read(database + suffix).count
          let file = open(database + suffix, O_WRONLY | O_CLOEXEC)
          let garbage = [UInt8](repeating: 0x5a, count: bytes)
          #expect(pwrite(file, garbage, bytes, 0) == bytes)
          close(file)
        }
      case .emptied: for suffix in ["", "-wal"] { #expect(truncate(database + suffix, 0) == 0) }
      case .emptiedWithItsIndex: for suffix in ["", "-wal", "-shm"] { #expect(truncate(database + suffix, 0) == 0) }
      case .withoutTable:
        let code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('DROP TABLE notifications')"
        #expect(try scratch.command("python3", "-c", code, database).run().status == .success)
      }
    }
  }

  @Test(arguments: Loss.allCases)
  func `a database that is lost under a session is begun anew with what is under way`(loss: Loss) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    for _ in 1...4 { try shell.turn("true &bg --quiet") }
    try shell.turn("{ read <gate; exit 7; } &bg --name \"before\"")
    try scratch.waitForRecord(of: 5)
    try shell.turn("wait @1 @2 @3 @4")
    try loss.happen(to: "\(scratch.stateDirectory)/tasks.db", in: scratch)
    #expect(try shell.turn("(exit 9) &bg echo status $?").contains("status 0\n"))
    #expect(try shell.turn("wait @6; echo status $?").contains("status 9\n"))
    #expect(try shell.turn("jobs").contains("@5  before  running"))
    #expect(try scratch.record(5)["name"] == "before")
    try gate.open()
    #expect(try shell.turn("wait @before; echo status $?").contains("status 7\n"))
    try shell.terminal.waitUntil("what is due is shown") {
      try shell.turn("")
      return shell.terminal.text.contains("[@5 before] ✘ failed (exit 7)")
    }
    #expect(try scratch.record(5)["exit_code"] == 7)
    #expect(try scratch.record(6)["exit_code"] == 9)
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left of \(scratch.survivors)") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `a supervisor whose state directory is gone ends after its session`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; exit 7; } &bg sleep 0.1 &bg")
    try scratch.waitForRecord(of: 2)
    FileTree.remove(scratch.stateDirectory)
    try gate.open()
    try shell.terminal.sendLine("exit")
    _ = try shell.terminal.waitForExit()
    try waitUntil("nothing is left of \(scratch.survivors)") { scratch.survivors.isEmpty }
  }

  @Test func `a wait ends where the record has a task that its supervisor does not know`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("true &bg")
    try scratch.waitForEnd()
    let code = """
      import sqlite3, sys
      database = sqlite3.connect(sys.argv[1])
      database.execute("UPDATE tasks SET state = 'running', ended_at = NULL, exit_code = NULL, pid = 2147483646")
      database.execute("DELETE FROM notifications")
      database.commit()
      """
    let forging = try scratch.command("python3", "-c", code, "\(scratch.stateDirectory)/tasks.db").run()
    try #require(forging.status == .success, "\(forging.standardError)")
    #expect(try shell.turn("wait @1; echo status $?").contains("status 125\n"))
    #expect(try scratch.record(1)["state"] == "lost")
    #expect(try shell.exit() == .success)
    try Promises(of: scratch, mayBeLost: true).check()
  }

  @Test func `a supervisor that is stopped is said to be, and goes on as it was`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, startupFile: "bgsh() { \(BuiltProducts.bgsh) \"$@\"; }")
    try shell.turn("{ read <gate; exit 7; } &bg")
    try scratch.waitForRecord()
    let supervisor = try SessionProcesses(in: scratch).supervisor
    let said = "the supervisor of this session is stopped; 'kill -CONT \(supervisor)' lets it go on"
    try #require(kill(supervisor, SIGSTOP) == 0)
    let told = try shell.turn("kill -s USR1 @1; echo status $?")
    #expect(told.contains("bgsh: @1: \(said)\n") && told.contains("status 1\n"))
    let doctor = try shell.turn("bgsh doctor; echo status $?")
    #expect(doctor.contains("is stopped; running tasks are safe; let it go on with 'kill -CONT \(supervisor)'"))
    #expect(doctor.contains("broken") && doctor.contains("status 1\n"))
    try shell.begin("wait @1; echo status $?")
    try shell.terminal.expect("bgsh: \(said)\n")
    try #require(kill(supervisor, SIGCONT) == 0)
    try gate.open()
    #expect(try shell.terminal.expect(shell.prompt).contains("status 7\n"))
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `a task is ended though its supervisor is stopped`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ trap 'echo ended; exit 4' TERM; echo ready; while :; do sleep 0.1; done; } &bg")
    try waitUntil("it is ready") { try scratch.output() == "ready\n" }
    let supervisor = try SessionProcesses(in: scratch).supervisor
    try #require(kill(supervisor, SIGSTOP) == 0)
    let told = try shell.turn("kill @1; echo status $?")
    #expect(
      told.contains("is stopped; 'kill -CONT \(supervisor)' lets it go on; its tasks were signalled without it, and "))
    #expect(told.contains("status 0\n"))
    try waitUntil("it ends") { try scratch.output() == "ready\nended\n" }
    try #require(kill(supervisor, SIGCONT) == 0)
    #expect(try scratch.waitForEnd()["exit_code"] == 4)
    #expect(try shell.exit() == .success)
    try Promises(of: scratch).check()
  }

  @Test func `a rerun that cannot go to its directory starts nothing`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("mkdir place; cd place; touch ran &bg")
    try shell.turn("cd ..")
    try scratch.waitForEnd()
    // It goes in between.
    try shell.turn("code=$('\(BuiltProducts.bgctl)' rerun --code @1); rm -r place")
    let told = try shell.turn("eval \"$code\"; echo status $?")
    #expect(told.contains("bgsh: no task can be started: cannot go to '\(scratch.path)/place': No such file"))
    #expect(told.contains("status 1\n") && !told.contains("] started"))
    #expect(try shell.turn("mkdir place; eval \"$code\"; echo status $?").contains("status 0\n"))
    #expect(try scratch.waitForEnd(of: 2)["exit_code"] == 0)
    #expect(FileTree.exists("\(scratch.path)/place/ran"))
    #expect(try shell.exit() == .success)
    try Promises(of: scratch).check()
  }
}
