import TestSupport
import Testing

/// What tasks leave behind, and whom `kill` would reach.
struct RemainsTests {
  private func sleepers(_ scratch: ScratchState) -> [Int32] {
    scratch.survivors.filter { $0.commandLine == "sleep 1234" }.map(\.processID).sorted()
  }

  @Test func `a dry run shows the tree and leaves it alone`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "{ setsid sleep 1234 & sleep 1234 & wait; } &bg")
    try scratch.waitForRecord()
    try waitUntil("all run") { sleepers(scratch).count == 2 }
    let outcome = try scratch.bgsh("kill", "--dry-run", "@1")
    let rows = outcome.standardOutput.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 3)
    #expect(rows.allSatisfy { $0.first == "@1" })
    #expect(rows.first?.dropFirst().first.flatMap(Int64.init) == Int64(try scratch.record(1)["pid"].number ?? 0))
    #expect(rows.dropFirst().compactMap { Int32($0[1]) }.sorted() == sleepers(scratch))
    #expect(outcome.status == .success)

    let json = try JSON(parsing: try scratch.bgsh("kill", "--dry-run", "--json", "--all").standardOutput)
    #expect(json.elements.first?.keys == ["id", "processes"])
    #expect(json.elements.first?["processes"].elements.count == 3)
    #expect(json.elements.first?["processes"].elements.last?.keys == ["pid", "command"])
    #expect(try scratch.record(1)["state"] == "running")
    #expect(sleepers(scratch).count == 2)
  }

  /// Tasks that leave a process behind; of some nothing but what they write to tells whose they are.
  static let leavers = [
    "{ sleep 1234 & } 2>/dev/null &bg", "{ setsid sleep 1234 & } &bg", "{ ( ( sleep 1234 & ) & ) ; } &bg",
    "{ env -i setsid sleep 1234 & } &bg", "{ env -i setsid sh -c '( setsid sleep 1234 & )' & } &bg",
    "{ env -i setsid sleep 1234 >/dev/null & } &bg", "{ env -i setsid sleep 1234 2>/dev/null & } &bg",
    "{ env -i setsid sleep 1234 & } &bg --split", "{ env -i setsid sleep 1234 >/dev/null & } &bg --split",
    "{ env -i setsid sleep 1234 2>/dev/null & } &bg --split",
  ]

  @Test(arguments: leavers)
  func `what outlives a task is shown, and ended by kill`(launch: String) throws {
    let scratch = try ScratchState()
    // The second task keeps the supervisor.
    _ = try scratch.bgsh("--notify", "off", "-c", "\(launch)\nsleep 5678 &bg")
    #expect(try scratch.waitForEnd()["state"] == "exited")
    try waitUntil("it runs") { sleepers(scratch).count == 1 }
    let left = try #require(sleepers(scratch).first)
    #expect(try scratch.bgsh("why", "@1").standardOutput.contains("  left behind  \(left) sleep 1234\n"))
    let jobs = try scratch.bgsh("jobs", "-l").standardOutput
    #expect(jobs.split(separator: "\n").contains { $0.hasPrefix("@1 ") && $0.contains(" left: \(left) ") })
    #expect(!(try scratch.bgsh("jobs").standardOutput.contains("@1")))
    #expect(try scratch.bgsh("kill", "--dry-run", "@1").standardOutput == "@1  \(left)  sleep 1234\n")
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("it is gone") { sleepers(scratch).isEmpty }
    #expect(try scratch.record(1)["state"] == "exited", "an end is for ever")
    let again = try scratch.bgsh("kill", "@1")
    #expect(again.status == .exited(1))
    #expect(again.standardError == "bgsh: @1 has already ended with status 0\n")
    #expect(try scratch.bgsh("kill", "--dry-run", "@1").status == .exited(1))
  }

  @Test func `what does not heed SIGTERM is killed after the grace`() throws {
    let scratch = try ScratchState()
    let list = "{ sh -c 'trap \"\" TERM; echo ready; sleep 1234; sleep 1234' & }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg\nsleep 5678 &bg")
    try scratch.waitForEnd()
    try waitUntil("it is ready") { try scratch.output().contains("ready") }
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("it is gone") {
      sleepers(scratch).isEmpty && !scratch.survivors.contains { $0.commandLine.contains("trap") }
    }
  }

  @Test(arguments: ["{ sleep 1234 & }", "{ env -i setsid sleep 1234 & }"])
  func `without a supervisor what is left can be ended too`(list: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg")
    try scratch.waitForEnd()
    try waitUntil("the session is over") { !scratch.survivors.contains { $0.commandLine.contains("supervisor") } }
    try waitUntil("it runs") { sleepers(scratch).count == 1 }
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("it is gone") { sleepers(scratch).isEmpty }
  }

  /// A process that starts the next one every few milliseconds, in a session of its own, and ends.
  private static let evader = """
    import os, sys, time, signal
    sys.argv[1] == 'ignore' and signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end = time.time() + 60
    while time.time() < end:
        if os.fork(): os._exit(0)
        os.setsid()
        with open('hops', 'a') as hops: hops.write('.')
        time.sleep(0.003)
    """

  @Test(arguments: ["", "sleep 5678 &bg"], ["heed", "ignore"])
  func `what starts itself anew again and again is ended too`(other: String, signal: String) throws {
    // Without a supervisor nobody loses patience.
    if other.isEmpty && signal == "ignore" { return }
    let scratch = try ScratchState()
    try scratch.write(Self.evader, to: "evader.py")
    _ = try scratch.bgsh("--notify", "off", "-c", "{ python3 evader.py \(signal) & } &bg\nwait\n\(other)")
    if other.isEmpty {
      try waitUntil("the session is over") { !scratch.survivors.contains { $0.commandLine.contains("supervisor") } }
    }
    func hops() -> Int { (try? FileTree.read("\(scratch.path)/hops"))?.count ?? 0 }
    try waitUntil("it evades") { hops() > 5 }
    let outcome = try scratch.bgsh("kill", "@1")
    #expect(outcome.status == .success, "\(outcome.standardError)")
    var (quietLooks, last) = (0, -1)
    try waitUntil("it is gone") {
      // One look may find it between two processes.
      let (count, isThere) = (hops(), scratch.survivors.contains { $0.commandLine.contains("evader") })
      quietLooks = isThere || count != last ? 0 : quietLooks + 1
      last = count
      return quietLooks == 20
    }
  }

  @Test func `another supervisor knows what is left too`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ env -i setsid sleep 1234 & } &bg")
    #expect(try scratch.waitForEnd()["state"] == "exited")
    try waitUntil("it runs") { sleepers(scratch).count == 1 }
    let left = try #require(sleepers(scratch).first)
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    #expect(try shell.turn("kill --dry-run @1").contains("@1  \(left)  sleep 1234\n"))
    #expect(try shell.turn("jobs -l").contains(" left: \(left) "))
    try shell.turn("kill @1")
    try waitUntil("it is gone") { sleepers(scratch).isEmpty }
    #expect(try shell.turn("echo still here").contains("still here\n"))
  }

  @Test func `who reads the output of a task is none of it`() throws {
    let scratch = try ScratchState()
    let output = "\(scratch.stateDirectory)/output/1"
    let readers = "sleep 5678 1<'\(output)' 2<'\(output)' & tail -f '\(output)' >/dev/null 2>&1 &"
    _ = try scratch.bgsh("--notify", "off", "-c", "{ env -i setsid sleep 1234 & } &bg wait @1; \(readers)")
    try waitUntil("all run") {
      let found = scratch.survivors.map(\.commandLine)
      return ["sleep 1234", "sleep 5678", "tail -f \(output)"].allSatisfy { found.contains($0) }
    }
    let left = try #require(sleepers(scratch).first)
    #expect(try scratch.bgsh("kill", "--dry-run", "@1").standardOutput == "@1  \(left)  sleep 1234\n")
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("it is gone") { sleepers(scratch).isEmpty }
    let found = scratch.survivors.map(\.commandLine)
    #expect(found.contains("sleep 5678") && found.contains("tail -f \(output)"))
    #expect(try scratch.bgsh("kill", "@1").status == .exited(1))
  }

  @Test func `a shell that writes to the output of a task is none of it`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ env -i setsid sleep 1234 & } &bg")
    #expect(try scratch.waitForEnd()["state"] == "exited")
    try waitUntil("it runs") { sleepers(scratch).count == 1 }
    try shell.turn("exec >>'\(scratch.stateDirectory)/output/1'")
    let left = try #require(sleepers(scratch).first)
    #expect(try scratch.bgsh("kill", "--dry-run", "@1").standardOutput == "@1  \(left)  sleep 1234\n")
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("it is gone") { sleepers(scratch).isEmpty }
    #expect(try scratch.bgsh("kill", "--dry-run", "@1").status == .exited(1))
    #expect(!(try scratch.bgsh("jobs", "-l").standardOutput.contains("@1 ")))
    #expect(try shell.turn("exec >/dev/tty; echo still here").contains("still here\n"))
  }

  @Test(arguments: [false, true])
  func `what nothing ties to a task is neither found nor harmed`(isOutputRemoved: Bool) throws {
    let scratch = try ScratchState()
    // The file is one of the same name.
    let redirections = isOutputRemoved ? "" : ">1 2>&1"
    let list = "{ env -i setsid sleep 1234 \(redirections) & }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg sleep 5678 &bg")
    #expect(try scratch.waitForEnd()["state"] == "exited")
    try waitUntil("it runs") { sleepers(scratch).count == 1 }
    if isOutputRemoved { FileTree.remove("\(scratch.stateDirectory)/output/1") }
    #expect(try scratch.bgsh("kill", "--dry-run", "@1").status == .exited(1))
    #expect(!(try scratch.bgsh("why", "@1").standardOutput.contains("left behind")))
    #expect(!(try scratch.bgsh("jobs", "-l").standardOutput.contains("@1 ")))
    #expect(try scratch.bgsh("kill", "@1").standardError == "bgsh: @1 has already ended with status 0\n")
    #expect(sleepers(scratch).count == 1)
  }
}
