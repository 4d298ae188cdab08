import Glibc
import TestSupport
import Testing

/// What the machine or the user allows no more of: processes, descriptors, inotify.
struct LimitTests {
  /// Runs a script of bgsh's as a user who may have as many processes.
  private func run(_ script: String, processes: Int, in scratch: ScratchState) throws -> Outcome {
    try OtherUser.command("prlimit", ["--nproc=\(processes)", BuiltProducts.bgsh, "-c", script], in: scratch).run(
      within: .seconds(60))
  }

  @Test(.enabled(if: OtherUser.isPossible))
  func `without processes left it is said what is wrong, and nothing is promised`() throws {
    let scratch = try ScratchState()
    try OtherUser.own(scratch)
    let script = "touch ran &bg\necho \"status $?\"\nwait; echo over"
    let none = try run(script, processes: 1, in: scratch)
    #expect(
      none.standardError
        == "bgsh: cannot start a session: there are as many processes as you may have; end some, or raise 'ulimit -u'\n"
    )
    #expect(none.status != .success && none.standardOutput.isEmpty)
    // One for each of bgsh, the supervisor and bash, and one for the process in between, but none for the task. A bash that
    // cannot fork goes no further.
    for processes in [3, 4] {
      let few = try run(script, processes: processes, in: scratch)
      #expect(few.standardOutput.isEmpty && few.status == .exited(254))
      #expect(
        few.standardError == "bgsh: no task can be started: no process can be made: Resource temporarily unavailable\n"
          + "bash: fork: Operation canceled\n")
    }
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    let records = try OtherUser.bgsh("jobs", "-a", "--json", in: scratch)
    #expect(records.standardOutput == "[]\n")
    #expect(!FileTree.exists("\(scratch.path)/ran"))
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty)
  }

  @Test func `with few descriptors tasks are launched and recorded all the same`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    // So many wait that the supervisor can hear no more of them.
    let script = """
      { read <\(gate.name); exit 3; } &bg
      bgctl='\(BuiltProducts.bgctl)'
      "$bgctl" jobs >/dev/null
      for i in {1..252}; do { "$bgctl" wait @1; echo $?; } & done
      until [[ $(ls /proc/[0-9]*/exe -l 2>/dev/null | grep -c "$bgctl") -ge 252 ]]; do sleep 0.05; done
      for i in {1..20}; do (true &bg) & done
      until [[ $("$bgctl" jobs -a | grep -c done) == 20 ]]; do sleep 0.05; done
      echo >\(gate.name)
      \\builtin wait
      """
    var command = scratch.command("prlimit", "--nofile=262:262", BuiltProducts.bgsh, "--notify", "off", "-c", script)
    command.environment["BGSH_NOTIFY"] = "off"
    let outcome = try command.run(within: .seconds(90))
    #expect(outcome.standardOutput == String(repeating: "3\n", count: 252))
    #expect(try scratch.records().map(\.["id"]) == (1...21).map(JSON.number))
    try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    try Promises(of: scratch).check()
  }

  @Test func `the supervisor may open as many files as the user may allow himself`() throws {
    let scratch = try ScratchState()
    let script = "sleep 1234 &bg\nulimit -n; grep 'open files' /proc/$PPID/limits"
    let outcome = try scratch.command("prlimit", "--nofile=300:400", BuiltProducts.bgsh, "-c", script).run()
    let words = outcome.standardOutput.split { $0 == " " || $0 == "\n" }
    #expect(words == ["300", "Max", "open", "files", "400", "400", "files"])
  }

  @Test(.enabled(if: Machine.canDenyInotify), arguments: ["instances", "watches"])
  func `without inotify output is followed and kept within its limit`(what: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let script = """
      { echo one; read <\(gate.name); echo two; } &bg --name slow
      { sleep 0.7; \(OutputLimitTests.flood); sleep 0.7; } &bg --name flood --limit 64K
      output -f @slow | while read line; do echo "$line"; [[ $line == one ]] && echo >\(gate.name); done
      wait @flood
      """
    let deny = "echo 0 >/proc/sys/user/max_inotify_\(what) && exec \"$@\""
    let outcome = try scratch.command("unshare", "-Ur", "sh", "-c", deny, "sh", BuiltProducts.bgsh, "-c", script).run()
    #expect(outcome.standardOutput == "one\ntwo\n")
    #expect(try scratch.waitForEnd(of: 2)["output"]["dropped_bytes"].number ?? 0 > 1_000_000)
    try Promises(of: scratch).check()
  }
}
