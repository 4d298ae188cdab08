import Glibc
import TestSupport
import Testing

/// A supervisor, a bgsh, a bash, a task or a job command that gets no memory.
struct MemoryTests {
  /// Where Swift's runtime ends a process it is to say so at once, and ask nobody what to do then.
  private static let environment = ["SWIFT_BACKTRACE": "enable=no"]

  /// Lets a process have no more memory than it has, and so many bytes.
  private func limit(_ processID: Int32, extraBytes: Int = 0) throws {
    let pages = try FileTree.text("/proc/\(processID)/statm").split(separator: " ").first.flatMap { Int($0) } ?? 0
    let bytes = try #require(pages > 0 ? pages * Int(sysconf(Int32(_SC_PAGESIZE))) + extraBytes : nil)
    let outcome = try Command("prlimit", ["--pid", "\(processID)", "--as=\(bytes):"]).run()
    try #require(outcome.status == .success, "\(outcome.standardError)")
  }

  /// There is memory again, for a process that may have ended.
  private func lift(_ processID: Int32) throws {
    _ = try Command("prlimit", ["--pid", "\(processID)", "--as=unlimited:"]).run()
  }

  /// What was said of a launch: started, or why not.
  private func isConfirmed(_ answer: String, at location: SourceLocation = #_sourceLocation) -> Bool {
    let isConfirmed = answer.contains("] started: ")
    #expect(isConfirmed != answer.contains("bgsh: no task can be started: "), "\(answer)", sourceLocation: location)
    #expect(answer.contains(isConfirmed ? "status 0\n" : "status 1\n"), "\(answer)", sourceLocation: location)
    return isConfirmed
  }

  @Test(arguments: [-1024, 0, 32, 64, 128, 192, 256])
  func `a supervisor without memory loses nothing`(extraKiB: Int) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, environment: Self.environment)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try shell.turn("sleep 1234 &bg --timeout 1500ms")
    try scratch.waitForRecord(of: 2)
    let supervisor = try SessionProcesses(in: scratch).supervisor
    try limit(supervisor, extraBytes: extraKiB * 1024)
    let confirmed = try (1...4).filter {
      isConfirmed(try shell.turn("{ touch ran-\($0); exit 3; } &bg --name n\($0) echo status $?"))
    }
    try gate.open()
    #expect(try shell.turn("wait @1; echo status $?").contains("status 7\n"))
    try shell.terminal.waitUntil("all is on record") {
      let records = try scratch.records()
      return records.count == 2 + confirmed.count && records.allSatisfy { $0["ended_at"] != .null }
    }
    let records = try scratch.records()
    #expect(records[0]["state"] == "exited" && records[0]["exit_code"] == 7)
    #expect(records[1]["state"] == "timed-out" && records[1]["signal"] == "TERM")
    for (record, number) in zip(records.dropFirst(2), confirmed) {
      #expect(record["name"] == .string("n\(number)") && record["exit_code"] == 3)
    }
    for number in 1...4 { #expect(FileTree.exists("\(scratch.path)/ran-\(number)") == confirmed.contains(number)) }
    try shell.terminal.waitUntil("what is due is shown") {
      try shell.turn("")
      return try JSON(parsing: scratch.bgsh("notifications", "--history", "--json").standardOutput).elements
        .allSatisfy { $0["delivered_at"] != .null }
    }
    for record in records {
      guard case .number(let id) = record["id"] else { continue }
      let end = record["state"] == "timed-out" ? "timed out" : "failed"
      let notices = shell.terminal.text.split(separator: "\n").filter {
        ($0.hasPrefix("[@\(id)] ") || $0.hasPrefix("[@\(id) ")) && $0.contains(end)
      }
      #expect(notices.count == 1, "@\(id) is told once")
    }
    try lift(supervisor)
    // A launch may still be refused for what was then.
    try shell.terminal.waitUntil("tasks are launched again") { isConfirmed(try shell.turn("true &bg echo status $?")) }
    #expect(try shell.turn("wait @@; echo status $?").contains("status 0\n"))
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test(arguments: [0, 64, 128])
  func `what tasks become is on record where bgsh gets no memory`(extraKiB: Int) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, environment: Self.environment)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try scratch.waitForRecord()
    try limit(try SessionProcesses(in: scratch).bgsh, extraBytes: extraKiB * 1024)
    for _ in 1...10 {
      try shell.terminal.sendLine("(exit 3) &bg")
      try shell.terminal.waitUntil("an answer, or the end") {
        try shell.terminal.ending() != nil || shell.terminal.unexpected.contains(shell.prompt)
      }
      if try shell.terminal.ending() != nil { break }
      try shell.terminal.expect(shell.prompt)
    }
    // It has died and said why, or goes on.
    if try shell.terminal.ending() != nil {
      let ending = try shell.terminal.waitForExit()
      #expect(ending == .killed(signal: SIGABRT) || ending == .killed(signal: SIGSEGV))
      #expect(shell.terminal.text.contains("bgsh: this session has failed, as it does without memory"))
    }
    try gate.open()
    #expect(try scratch.waitForEnd()["exit_code"] == 7)
    for record in try scratch.records().dropFirst() {
      guard case .number(let id) = record["id"] else { continue }
      #expect(try scratch.waitForEnd(of: id)["exit_code"] == 3)
    }
    if try shell.terminal.ending() == nil { try shell.exit() }
    try Promises(of: scratch).check()
  }

  @Test func `a bash without memory launches, and takes the death of a job command for none of a task`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, environment: Self.environment)
    try shell.turn("{ read <gate; exit 7; } &bg")
    try scratch.waitForRecord()
    try limit(try SessionProcesses(in: scratch).bash)
    #expect(try isConfirmed(shell.turn("{ touch ran; exit 3; } &bg echo status $?")))
    for (command, status) in [("wait @1", 125), ("fg @1", 125), ("why @1", 1), ("rerun @1", 1)] {
      let told = try shell.turn("\(command); echo status $?")
      #expect(told.contains("there may be too little memory") && told.contains("status \(status)\n"), "\(told)")
    }
    try gate.open()
    #expect(try scratch.waitForEnd()["exit_code"] == 7)
    #expect(try scratch.waitForEnd(of: 2)["exit_code"] == 3)
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test(arguments: [SIGKILL, SIGSEGV])
  func `a wait that is killed is no status of a task`(signal: Int32) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let script = """
      { read <\(gate.name); exit 3; } &bg
      trap : USR1
      { until pid=$(pgrep -P $$ bgctl); do sleep 0.02; done; kill -\(signal) $pid; } &
      wait @1; echo "first $?"
      echo >\(gate.name)
      wait @1; echo "then $?"
      """
    var command = scratch.command(BuiltProducts.bgsh, "--notify", "off", "-c", script)
    command.environment.merge(Self.environment) { $1 }
    let outcome = try command.run()
    #expect(outcome.standardOutput == "first 125\nthen 3\n")
    #expect(outcome.standardError.contains("bgsh: wait: it has died: "))
    try Promises(of: scratch).check()
  }

  @Test func `a fork that fails for lack of memory starts nothing`() throws {
    let scratch = try ScratchState()
    var command = scratch.command(BuiltProducts.bgsh, "-c", "touch ran &bg\necho \"status $?\"")
    command.deniesForks = true
    let message = "bgsh: no task can be started: no process can be made: Cannot allocate memory\n"
    let outcome = try command.run()
    #expect(outcome.standardOutput.isEmpty && outcome.status == .exited(254))
    #expect(outcome.standardError == message + "bash: fork: Operation canceled\n")
    let shell = try ShellSession(in: scratch, deniesForks: true)
    #expect(try shell.turn("touch ran &bg").contains(message))
    #expect(try !shell.turn("echo status $?").contains("status 0"))
    #expect(try shell.exit() == .success)
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    #expect(try scratch.records().isEmpty)
    #expect(!FileTree.exists("\(scratch.path)/ran"))
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/output").isEmpty)
    try Promises(of: scratch).check()
  }

  /// From what no program of ours can be loaded with to what is enough for all, debug builds included.
  private static let limitsMiB = [6, 9, 10, 11, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40]

  @Test(arguments: limitsMiB)
  func `a session with little memory works, or says that it does not`(mebibytes: Int) throws {
    let scratch = try ScratchState()
    let script = "{ touch ran; exit 3; } &bg\necho \"launch $?\"; wait @1; echo \"wait $?\""
    var command = scratch.command(
      "prlimit", "--as=\(mebibytes << 20)", BuiltProducts.bgsh, "--notify", "off", "-c", script)
    command.environment.merge(Self.environment) { $1 }
    let outcome = try command.run()
    let lines = outcome.standardOutput.split(separator: "\n")
    let isLaunched = lines.first == "launch 0"
    if lines != ["launch 0", "wait 3"] {
      #expect(outcome.status == .killed(signal: SIGSEGV) || !outcome.standardError.isEmpty, "\(outcome)")
    }
    // What the dynamic linker ends has 127.
    #expect(lines.count < 2 || ["wait 3", "wait 125", "wait 127"].contains(lines[1]))
    if isLaunched {
      let record = try scratch.waitForEnd()
      #expect(record["exit_code"] == 3 || record["state"] == "lost" && record["exit_code"] == .null)
    } else {
      #expect(!FileTree.exists("\(scratch.path)/ran"))
      #expect(try scratch.records().isEmpty)
    }
    try Promises(of: scratch, mayBeLost: true).check()
  }

  @Test func `a job command with little memory gives its answer or fails`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "{ echo said; exit 3; } &bg\nwait")
    let answers = [
      ["jobs", "-a"]: "exit 3", ["output", "@1"]: "said\n", ["why", "@1"]: "exit 3",
      ["notifications", "--history"]: "exit 3",
    ]
    for (arguments, answer) in answers {
      for mebibytes in Self.limitsMiB + [64] {
        var command = scratch.command("prlimit", "--as=\(mebibytes << 20)", BuiltProducts.bgctl)
        command.arguments += arguments
        command.environment.merge(Self.environment) { $1 }
        let outcome = try command.run()
        if outcome.status == .success {
          #expect(outcome.standardOutput.contains(answer), "\(arguments) with \(mebibytes) MiB")
        } else {
          #expect(mebibytes < 64, "\(arguments) with \(mebibytes) MiB: \(outcome.standardError)")
          let isSaid = outcome.status == .killed(signal: SIGSEGV) || !outcome.standardError.isEmpty
          #expect(isSaid, "\(arguments) with \(mebibytes) MiB: \(outcome.status)")
        }
      }
    }
    #expect(try scratch.record(1)["exit_code"] == 3)
  }

  @Test func `a task with little memory ends as it does in bash, and launches`() throws {
    let scratch = try ScratchState()
    let hungry = "(ulimit -v 12000; printf -v x %020000000d 0; echo reached)"
    let bash = try scratch.command("bash", "-c", "\(hungry)\necho $?").run()
    let script = "\(hungry) &bg\nwait @1; echo $?\n(ulimit -v 12000; { touch ran; exit 4; } &bg)\nwait @2; echo $?"
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(bash.standardOutput == "2\n")
    #expect(outcome.standardOutput == "\(bash.standardOutput)4\n")
    #expect(try scratch.output().contains("cannot allocate"))
    #expect(FileTree.exists("\(scratch.path)/ran"))
    try Promises(of: scratch).check()
  }

  @Test func `a line that there is no memory for is not run, and the next one is`() throws {
    let scratch = try ScratchState()
    let line = ": \(String(repeating: "x", count: 3_000_000)); touch ran &bg"
    let input = "ulimit -v $(( $(cut -d ' ' -f 1 /proc/$$/statm) * 4 + 1000 ))\n\(line)\necho \"status $?\"\n"
    let outcome = try scratch.bgsh("--notify", "off", "-s", input: .text(input))
    #expect(outcome.standardOutput == "status 2\n")
    #expect(outcome.standardError == "bgsh: no memory left for the line; it is not run\n")
    #expect(outcome.status == .success)
    #expect(!FileTree.exists("\(scratch.path)/ran"))
    #expect(try scratch.records().isEmpty)
  }
}
