import Glibc
import TestSupport
import Testing

/// A process that is killed at every step there is. Release builds have no such switch.
@Suite(.enabled(if: getenv("BGSH_TEST_PRODUCTS") == nil))
struct FailpointTests {
  static let supervisorSteps = ["id-reserved", "id-offered", "registered", "inserted", "started", "ending", "ended"]

  /// In a session at a terminal and in a script, when it comes to the step for the first to the fourth time.
  @Test(arguments: supervisorSteps)
  func `a supervisor that dies at a step takes nothing along`(step: String) throws {
    let failpoints = (1...4).map { "\(step):\($0)" }
    let scratches = try failpoints.map(launchAtTerminal) + failpoints.map(launchInScript)
    // At the end, all together: a supervisor waits ten seconds for who may have been given an id.
    for scratch in scratches {
      try waitUntil("nothing is left") { scratch.survivors.isEmpty }
      #expect(FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty)
      try Promises(of: scratch).check()
    }
  }

  private func launchAtTerminal(failpoint: String) throws -> ScratchState {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: ["BGSH_FAILPOINT": failpoint])
    try shell.turn("(exit 3) &bg --name a\ntrue &bg --name b")
    try shell.turn("(exit 4) &bg --name c --timeout 10m")
    let ends: [(name: String, code: Int64, notice: String)] = [
      ("a", 3, "✘ failed (exit 3)"), ("b", 0, "✔ done"), ("c", 4, "✘ failed (exit 4)"),
    ]
    try waitUntil("all have ended") { try scratch.records().count { $0["ended_at"] != .null } == 3 }
    try shell.turn("")
    let records = try scratch.records()
    #expect(records.count == 3, "\(failpoint)")
    for (record, end) in zip(records, ends) {
      #expect(record["name"] == .string(end.name), "\(failpoint)")
      #expect(record["state"] == "exited" && record["exit_code"] == .number(end.code), "\(failpoint)")
      #expect(record["usage"]["user_ms"] != .null, "\(failpoint)")
      guard case .number(let id) = record["id"] else { continue }
      let notice = "[@\(id) \(end.name)] \(end.notice)"
      let parts = shell.terminal.text.split(separator: notice, omittingEmptySubsequences: false)
      #expect(parts.count == 2, "its notice is shown once, \(failpoint)")
    }
    // Only an id that nobody has ever been offered can be lost.
    if !failpoint.hasPrefix("id-reserved") { #expect(records.map(\.["id"]) == [1, 2, 3], "\(failpoint)") }
    #expect(try shell.exit() == .success, "\(failpoint)")
    return scratch
  }

  private func launchInScript(failpoint: String) throws -> ScratchState {
    let scratch = try ScratchState()
    var command = scratch.command(
      BuiltProducts.bgsh, "--notify", "off", "-c",
      "(exit 3) &bg --name a\ntrue &bg --name b\n(exit 4) &bg --name c\nwait @a; echo $?; wait @b; echo $?; wait @c; echo $?"
    )
    command.environment["BGSH_FAILPOINT"] = failpoint
    let outcome = try command.run()
    #expect(outcome.standardOutput == "3\n0\n4\n", "\(failpoint)")
    #expect(outcome.standardError == "", "\(failpoint)")
    return scratch
  }

  @Test(arguments: ["child-reaped:1", "child-reaped:2", "supervisor-lost"])
  func `bgsh dies after its supervisor`(failpoint: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: ["BGSH_FAILPOINT": failpoint])
    let gate = try Gate(in: scratch)
    try shell.turn("{ read <gate; exit 3; } &bg sleep 1234 &bg")
    try scratch.waitForRecord(of: 2)
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    try gate.open()
    if failpoint == "child-reaped:2" { _ = try? scratch.bgsh("kill", "-9", "@2") }
    #expect(try shell.terminal.waitForExit() == .killed(signal: SIGKILL))
    try waitUntil("it has ended") { try scratch.record(1)["ended_at"] != .null }
    try Promises(of: scratch, mayBeLost: true).check()
  }

  @Test(arguments: [("notice-printed", 2), ("notice-acknowledged", 1)])
  func `a notice is shown again only if nobody knows that it was`(failpoint: String, times: Int) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: ["BGSH_FAILPOINT": failpoint])
    try shell.turn("(exit 3) &bg")
    try scratch.waitForEnd()
    try shell.terminal.sendLine("")
    #expect(try shell.terminal.waitForExit() == .killed(signal: SIGKILL))
    try waitUntil("nothing is left of \(scratch.survivors)") { scratch.survivors.isEmpty }
    let next = try ShellSession(in: scratch)
    try next.turn("")
    let text = shell.terminal.text + next.terminal.text
    #expect(text.split(separator: "[@1] ✘ failed (exit 3)", omittingEmptySubsequences: false).count == times + 1)
    try Promises(of: scratch).check()
  }
}
