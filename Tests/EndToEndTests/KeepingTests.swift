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

  @Test func `prune asks on a terminal before it drops what is not named`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("true &bg true &bg true &bg")
    try shell.turn("wait")
    #expect(try shell.turn("prune --dry-run").contains("would drop 3 tasks, "))
    for (answer, left) in [("n", [1, 2, 3]), ("", [1, 2, 3]), ("yes", [])] as [(String, [Int64])] {
      try shell.begin("prune")
      try shell.terminal.expect("drop 3 tasks, ")
      try shell.terminal.expect("[y/N] ")
      try shell.turn(answer)
      #expect(try ids(scratch) == left, "\(answer)")
    }
    try shell.turn("true &bg wait @@")
    #expect(try shell.turn("prune @4").contains("dropped 1 task, "))
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
    // What has not been told is kept.
    try shell.turn("")
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

  @Test func `what nobody has been told keeps its record, and says that its output is gone`() throws {
    let scratch = try ScratchState()
    let gates = [try Gate(in: scratch), try Gate(in: scratch, "other")]
    let script = """
      BGSH_KEEP=1d,50K
      { head -c 100000 /dev/zero; exit 3; } &bg
      { read <gate; head -c 60000 /dev/zero; } &bg
      read <other; output @1; wait @1; echo $?
      """
    try scratch.write(script, to: "script")
    let session = scratch.command(
      "setsid", "-f", "sh", "-c", "\"$0\" script >told 2>&1; touch over", BuiltProducts.bgsh)
    _ = try session.run()
    try scratch.waitForEnd()
    try gates[0].open()
    try waitUntil("the output of the first is gone") { !FileTree.exists("\(scratch.stateDirectory)/output/1") }
    let record = try scratch.record(1)
    #expect(record["exit_code"] == 3)
    #expect(record["output"]["bytes"] == 100_000 && record["output"]["dropped_bytes"] == 100_000)
    #expect(try scratch.bgsh("why", "@1").standardOutput.contains(" (100 kB, dropped: BGSH_KEEP keeps no more)\n"))
    try gates[1].open()
    try waitUntil("the script is over") { FileTree.exists("\(scratch.path)/over") }
    let told = try FileTree.text("\(scratch.path)/told").split(separator: "\n")
    #expect(told[2] == "bgsh: @1: no output: its 100 kB were dropped: BGSH_KEEP keeps no more")
    #expect(told[3].hasPrefix("[@1] failed (exit 3) after ") && told[3].contains(", its output dropped: { head"))
    #expect(told[4] == "3")
  }

  @Test func `prune leaves what nobody has been told, unless it is named or all is meant`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    for id in 1...3 as ClosedRange<Int64> {
      // The script is over when it ends.
      _ = try scratch.bgsh("-c", "{ read <gate; exit 3; } &bg")
      try gate.open()
      try scratch.waitForEnd(of: id)
    }
    _ = try scratch.bgsh("--notify", "off", "-c", "sleep 1234 &bg")
    let pruned = try scratch.bgsh("prune")
    #expect(pruned.standardOutput == "dropped 0 tasks, 0 B\n")
    #expect(
      pruned.standardError
        == "bgsh: 3 ended tasks stay: nobody has been told; 'bgsh notifications' tells, 'prune --all' drops all\n")
    #expect(try scratch.bgsh("prune", "--json").standardError == "")
    #expect(try scratch.bgsh("prune", "--older-than", "1h").standardError == "")
    let named = try scratch.bgsh("prune", "@1", "@4", "@9")
    #expect(named.standardOutput.hasPrefix("dropped 1 task, "))
    #expect(named.standardError.contains("bgsh: @4 has not ended; 'kill @4' ends it\n"))
    #expect(named.standardError.contains("no task @9"))
    #expect(named.status == .exited(1))
    #expect(try ids(scratch) == [2, 3, 4])
    #expect(try scratch.bgsh("notifications").standardOutput.contains("[@2] failed (exit 3)"))
    #expect(try scratch.bgsh("prune").standardOutput.hasPrefix("dropped 2 tasks, "))
    _ = try scratch.bgsh("-c", "{ read <gate; exit 3; } &bg")
    try gate.open()
    try waitUntil("it has ended") { try scratch.records().last?["state"] == "exited" }
    #expect(try scratch.bgsh("prune", "--all").standardOutput.hasPrefix("dropped 1 task, "))
    #expect(try ids(scratch) == [4])
    #expect(try scratch.bgsh("prune", "--all", "@4").status == .exited(2))
  }
}
