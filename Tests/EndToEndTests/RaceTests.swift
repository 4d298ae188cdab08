import TestSupport
import Testing

/// Many launches at once: every task has an id of its own and keeps its status.
@Suite(.serialized) struct RaceTests {
  @Test func `2,000 tasks of one loop keep 2,000 statuses`() throws {
    let scratch = try ScratchState()
    let script = "for ((i = 0; i < 2000; i++)); do (exit $((i % 256))) &bg done; wait"
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.status == .exited(1), "the status of the first that failed")
    let records = try scratch.records()
    #expect(records.map(\.["id"]) == (1...2000).map(JSON.number))
    #expect(records.map(\.["exit_code"]) == (0..<2000).map { JSON.number($0 % 256) })
    #expect(records.allSatisfy { $0["state"] == "exited" })
  }

  @Test(arguments: ["x=$(echo hi)", "/bin/true"])
  func `what a trap forks is no task`(_ handler: String) throws {
    let scratch = try ScratchState()
    let script = """
      trap '\(handler)' CHLD
      for ((i = 0; i < 60; i++)); do /bin/true & (exit 3) &bg --quiet
      done; wait
      """
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    let records = try scratch.records()
    #expect(records.count == 60 && records.allSatisfy { $0["exit_code"] == 3 && $0["command"] == "(exit 3)" })
  }

  @Test func `four subshells in parallel launch 450 tasks each`() throws {
    let scratch = try ScratchState()
    let script = """
      for shell in a b c d; do
        ( for ((i = 0; i < 450; i++)); do (exit $((i % 7 + 1))) &bg --name "$shell$i"
          done; wait ) &
      done
      wait
      """
    #expect(try scratch.bgsh("--notify", "off", "-c", script).status == .success)
    let records = try scratch.records()
    #expect(records.count == 1800)
    #expect(Set(records.compactMap(\.["id"].number)).count == 1800)
    for shell in ["a", "b", "c", "d"] {
      let own = records.filter { $0["name"].text?.hasPrefix(shell) == true }
      #expect(own.map { $0["name"].text } == (0..<450).map { "\(shell)\($0)" })
      #expect(own.map(\.["exit_code"]) == (0..<450).map { JSON.number($0 % 7 + 1) })
    }
  }

  @Test func `wait after 1,000 launches waits for all of them`() throws {
    let scratch = try ScratchState()
    let script = """
      for ((i = 0; i < 1000; i++)); do sleep 0.00$((i % 10)) &bg done
      wait
      echo $?
      jobs --json
      """
    #expect(try scratch.bgsh("--notify", "off", "-c", script).standardOutput == "0\n[]\n")
    #expect(try scratch.records().count { $0["state"] == "exited" } == 1000)
  }

  @Test func `what a script launches last is on record when bash and bgsh have gone`() throws {
    let scratch = try ScratchState()
    let count = 120
    let script =
      "for i in {1..\(count)}; do '\(BuiltProducts.bgsh)' --notify off -c '(exit 7) &bg' & ((i % 4)) || wait; done; wait"
    #expect(try scratch.command("bash", "-c", script).run().status == .success)
    try waitUntil("all are on record and over") {
      let records = try scratch.records()
      return records.count == count && records.allSatisfy { $0["ended_at"] != .null }
    }
    #expect(try scratch.records().allSatisfy { $0["state"] == "exited" && $0["exit_code"] == 7 })
    try waitUntil("the supervisors have gone") { scratch.survivors.isEmpty }
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty)
  }

  @Test func `a task is on record when the command that launched it has ended`() throws {
    let scratch = try ScratchState()
    let script = """
      for i in {1..60}; do
        '\(BuiltProducts.bgsh)' --notify off -c 'true &bg'
        '\(BuiltProducts.bgsh)' wait "@$i" || echo "$i: $?"
      done
      """
    let outcome = try scratch.command("bash", "-c", script).run()
    #expect(outcome.standardOutput.isEmpty && outcome.standardError.isEmpty)
  }

  @Test func `a task launched last by a shell that has gone runs on`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    #expect(try scratch.bgsh("-c", "{ read -r line <gate; echo \"$line\"; exit 9; } &bg").status == .success)
    try gate.open("late")
    let record = try scratch.waitForEnd()
    #expect(record["state"] == "exited" && record["exit_code"] == 9)
    #expect(try scratch.output() == "late\n")
  }
}
