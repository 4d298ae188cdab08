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

  @Test(arguments: ["{ sleep 1234 & } 2>/dev/null", "{ setsid sleep 1234 & }", "{ ( ( sleep 1234 & ) & ) ; }"])
  func `what outlives a task is shown, and ended by kill`(list: String) throws {
    let scratch = try ScratchState()
    // The second task keeps the supervisor.
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg\nsleep 5678 &bg")
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

  @Test func `without a supervisor what is left can be ended too`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "{ sleep 1234 & } &bg")
    try scratch.waitForEnd()
    try waitUntil("the session is over") { !scratch.survivors.contains { $0.commandLine.contains("supervisor") } }
    #expect(sleepers(scratch).count == 1)
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    try waitUntil("it is gone") { sleepers(scratch).isEmpty }
  }
}
