import Glibc
import TestSupport
import Testing

/// Tasks that have become another user's, as a setuid program makes it: bgsh may not signal them, and says so.
@Suite(.enabled(if: OtherUser.canBecomeRoot))
struct ReachTests {
  private static let rootly = "./become --reuid 0 sleep 1234"

  /// Launches, and gives the process of root's that is then there.
  private func launch(_ script: String, in scratch: ScratchState) throws -> Int32 {
    try OtherUser.own(scratch)
    try OtherUser.makeWayToRoot(in: scratch)
    let outcome = try OtherUser.bgsh("--notify", "off", "-c", script, in: scratch)
    #expect(outcome.status == .success, "\(outcome.standardError)")
    return try rootProcess(in: scratch)
  }

  private func rootProcess(in scratch: ScratchState) throws -> Int32 {
    var found: Int32?
    try waitUntil("it runs as root") {
      found = scratch.survivors.first { $0.commandLine == "sleep 1234" && isRoot($0.processID) }?.processID
      return found != nil
    }
    return try #require(found)
  }

  private func isRoot(_ processID: Int32) -> Bool {
    let status = (try? FileTree.text("/proc/\(processID)/status")) ?? ""
    return status.split(separator: "\n").contains("Uid:\t0\t0\t0\t0")
  }

  private func record(_ scratch: ScratchState) throws -> JSON {
    try JSON(parsing: try OtherUser.bgsh("why", "--json", "@1", in: scratch).standardOutput)
  }

  private func refusal(_ processID: Int32) -> String {
    "bgsh: @1: process \(processID) (sleep) cannot be signalled: Operation not permitted; end it as the user it runs as\n"
  }

  @Test func `kill that may not signal a task says so, and does not claim its end`() throws {
    let scratch = try ScratchState()
    let process = try launch("\(Self.rootly) &bg", in: scratch)
    for words in [["kill", "@1"], ["kill", "-USR1", "@1"], ["kill", "@1", "@1"]] {
      let outcome = try OtherUser.command(BuiltProducts.bgsh, words, in: scratch).run()
      #expect(outcome.status == .exited(1))
      #expect(outcome.standardError == refusal(process))
    }
    let json = try JSON(parsing: try OtherUser.bgsh("kill", "--json", "@1", in: scratch).standardOutput)
    #expect(json.elements.first?["done"] == .bool(false))
    #expect(json.elements.first?["error"] != .null)
    #expect(try record(scratch)["state"] == "running")
    let why = try OtherUser.bgsh("why", "@1", in: scratch).standardOutput
    #expect(why.contains("  out of reach  \(process) sleep 1234\n"))
    kill(process, SIGTERM)
    try waitUntil("it has ended") { try record(scratch)["ended_at"] != .null }
    #expect(try record(scratch)["signal"] == "TERM")
    #expect(try record(scratch)["ended_by"] == .null, "it was not bgsh that ended it")
  }

  @Test func `what kill reaches of a tree is ended, and the rest is named`() throws {
    let scratch = try ScratchState()
    let process = try launch("{ \(Self.rootly) & sleep 1234; } &bg --kill-after 100ms", in: scratch)
    try waitUntil("all run") { scratch.survivors.count { $0.commandLine == "sleep 1234" } == 2 }
    let outcome = try OtherUser.bgsh("kill", "@1", in: scratch)
    #expect(outcome.status == .exited(1))
    #expect(outcome.standardError == refusal(process))
    try waitUntil("the others have gone") { scratch.survivors.count { $0.commandLine == "sleep 1234" } == 1 }
    #expect(try record(scratch)["state"] == "running", "an end is final when all has gone")
    let again = try OtherUser.bgsh("kill", "@1", in: scratch)
    #expect(again.status == .exited(1) && again.standardError == refusal(process))
    kill(process, SIGKILL)
    try waitUntil("it has ended") { try record(scratch)["ended_at"] != .null }
    #expect(try record(scratch)["state"] == "killed")
    #expect(try record(scratch)["ended_by"] == "kill")
  }

  @Test func `a limit that cannot be kept is told`() throws {
    let scratch = try ScratchState()
    let process = try launch("\(Self.rootly) &bg --timeout 1s --kill-after 100ms", in: scratch)
    let told = "timed out after 1s, but cannot be ended: \(Self.rootly)"
    try waitUntil("it is told") {
      try OtherUser.bgsh("notifications", "--peek", in: scratch).standardOutput.hasPrefix("[@1] \(told)\n")
    }
    #expect(try record(scratch)["state"] == "running")
    kill(process, SIGTERM)
    #expect(try OtherUser.bgsh("wait", "@1", in: scratch).status == .exited(124))
    #expect(try record(scratch)["state"] == "timed-out")
    #expect(try record(scratch)["signal"] == "TERM")
    #expect(try record(scratch)["ended_by"] == .null)
    let last = try OtherUser.bgsh("notifications", "--peek", in: scratch).standardOutput
    #expect(last.hasPrefix("[@1] timed out after 1s, but ended by itself after "))
    #expect(!last.contains("cannot be ended"), "what is no longer true is told no more")
    let why = try OtherUser.bgsh("why", "@1", in: scratch).standardOutput
    #expect(why.contains("its time limit passed, and bgsh could not end it; it was ended by SIGTERM"))
  }

  @Test func `another supervisor does not tell it again`() throws {
    let scratch = try ScratchState()
    try OtherUser.own(scratch)
    try OtherUser.makeWayToRoot(in: scratch)
    let script = "\(Self.rootly) &bg --timeout 300ms --kill-after 100ms\nsleep 5678"
    try scratch.write(script, to: "script", mode: 0o644)
    let words = OtherUser.command(BuiltProducts.bgsh, ["--notify", "off", "script"], in: scratch)
    let line = ([words.program] + words.arguments).map { "'\($0)'" }.joined(separator: " ")
    _ = try scratch.command("bash", "-c", "\(line) </dev/null >/dev/null 2>&1 &").run()
    func told() throws -> Int {
      try JSON(parsing: try OtherUser.bgsh("notifications", "--history", "--json", in: scratch).standardOutput)
        .elements.count { $0["event"] == "timed-out" }
    }
    let process = try rootProcess(in: scratch)
    try waitUntil("it is told") { try told() == 1 }
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    // When the second request is answered, what was overdue at the first has been done.
    for _ in 1...2 { #expect(try OtherUser.bgsh("kill", "@1", in: scratch).standardError == refusal(process)) }
    #expect(try told() == 1)
    kill(process, SIGTERM)
    try waitUntil("it has ended") { try record(scratch)["ended_at"] != .null }
    #expect(try record(scratch)["state"] == "timed-out")
    #expect(try record(scratch)["ended_by"] == .null)
  }

  @Test(arguments: [[], ["-TERM"]])
  func `without a supervisor it is said too`(signal: [String]) throws {
    let scratch = try ScratchState()
    let process = try launch("\(Self.rootly) &bg", in: scratch)
    let supervisor = try #require(scratch.survivors.first { $0.commandLine.hasPrefix("bgsh-supervisor") })
    kill(supervisor.processID, SIGKILL)
    try waitUntil("it has gone") { !scratch.survivors.contains { $0.processID == supervisor.processID } }
    let outcome = try OtherUser.command(BuiltProducts.bgsh, ["kill"] + signal + ["@1"], in: scratch).run()
    #expect(outcome.status == .exited(1))
    #expect(outcome.standardError == refusal(process))
    kill(process, SIGKILL)
  }
}
