import TestSupport
import Testing

/// What is dropped, and what is kept.
struct KeepingTests {
  private func ids(_ scratch: ScratchState) throws -> [Int64] {
    try scratch.records().compactMap { $0["id"].number.map { Int64($0) } }
  }

  @Test func `prune drops what has ended and nothing else`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh(
      "--notify", "off", "-c", "(exit 1) &bg\nhead -c 100000 /dev/zero &bg\nsleep 1234 &bg\nwait @1 @2")
    try scratch.waitForRecord(of: 3)
    #expect(try scratch.bgsh("prune", "--older-than", "1h").standardOutput == "dropped 0 tasks, 0 B\n")
    #expect(try ids(scratch) == [1, 2, 3])
    let json = try JSON(parsing: try scratch.bgsh("prune", "--json").standardOutput)
    #expect(json.keys == ["tasks", "bytes"])
    #expect(json["tasks"] == 2)
    #expect(try #require(json["bytes"].number) >= 100_000)
    #expect(try ids(scratch) == [3])
    // The file of the next id is made ahead.
    let files = FileTree.names(in: "\(scratch.stateDirectory)/output")
    #expect(!files.contains("1") && !files.contains("2") && files.contains("3"))
    #expect(try scratch.bgsh("notifications", "--history", "--json").standardOutput == "[]\n")
    #expect(try scratch.bgsh("why", "@1").standardError == "bgsh: no task @1; 'jobs -a' shows the tasks there are\n")
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg")
    try waitUntil("numbers are never used again") { try ids(scratch).contains { $0 > 3 } }
  }

  @Test func `prune works in the shell`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("--notify", "off", "-c", "true &bg\nwait @@\nprune --older-than 0")
    #expect(outcome.standardOutput.hasPrefix("dropped 1 task, "))
  }

  @Test func `the oldest go when it is too much`() throws {
    let scratch = try ScratchState()
    let run = "head -c 100000 /dev/zero &bg\nwait @@"
    let script = "BGSH_KEEP=1d,250K\n\(run)\n\(run)\n\(run)\n\(run)\nsleep 1234 &bg"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    try waitUntil("two are left, and what runs") { try ids(scratch) == [3, 4, 5] }
    #expect(!FileTree.names(in: "\(scratch.stateDirectory)/output").contains("1"))
  }

  @Test func `what is too old goes, but not the one that ended last`() throws {
    let scratch = try ScratchState()
    let script = "BGSH_KEEP=1ms\ntrue &bg\nwait @@\ntrue &bg\nwait @@\nsleep 1234 &bg"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    try waitUntil("one is left, and what runs") { try ids(scratch) == [2, 3] }
  }

  @Test func `what an interactive shell has said counts for scripts`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    #expect(try shell.turn("BGSH_KEEP=1G,1ms; true &bg").contains("started"))
    try scratch.waitForEnd()
    #expect(try shell.turn("true &bg").contains("started"))
    try scratch.waitForEnd(of: 2)
    try waitUntil("the first is dropped") { try ids(scratch) == [2] }
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg\nwait @@")
    // The interactive shell has a number at hand, or some.
    try waitUntil("the second is dropped") { try ids(scratch).count == 1 && ids(scratch)[0] > 3 }
  }

  @Test(arguments: ["30", "30d,2G,1h", "30d,31d", "1G,2G", "often", ",", "30d,"])
  func `a bad rule is named, and nothing runs`(_ rule: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "BGSH_KEEP=\(rule)\ntrue &bg\necho $?")
    #expect(
      outcome.standardError
        == "bgsh: BGSH_KEEP: '\(rule)' is neither an age nor a size nor both; write them with their units, as in 30d,2G\n"
    )
    #expect(outcome.standardOutput == "2\n")
  }
}
