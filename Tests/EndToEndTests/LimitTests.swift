import Glibc
import TestSupport
import Testing

/// What the machine or the user allows no more of: processes, descriptors, inotify.
struct LimitTests {
  /// Runs a script of bgsh's as a user who may have as many processes.
  private func run(_ script: String, processes: Int, in scratch: ScratchState) throws -> Outcome {
    try OtherUser.command("prlimit", ["--nproc=\(processes)", BuiltProducts.bgsh, "-c", script], in: scratch).run(
      within: .seconds(180))
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
    let outcome = try command.run(within: .seconds(180))
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

  /// Runs its arguments where the system call `close_range` does not exist, as before Linux 5.9.
  private static let withoutCloseRange = """
    import ctypes, os, struct, sys
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, 436), (6, 0, 0, 0x50000 | 38), (6, 0, 0, 0x7fff0000)]
    text = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *step) for step in code))
    program = ctypes.create_string_buffer(struct.pack('HxxxxxxP', len(code), ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0): sys.exit(99)
    os.execvp(sys.argv[1], sys.argv[1:])
    """

  @Test(arguments: ["-c", "-s"])
  func `a supervisor keeps nothing of its caller's open where close_range cannot be used`(form: String) throws {
    let scratch = try ScratchState()
    try scratch.write(Self.withoutCloseRange, to: "deny.py")
    let list = "sleep 1234 &bg\n[[ -e /proc/self/fd/77 ]] && echo kept"
    let start = "exec 77</dev/null; exec python3 deny.py '\(BuiltProducts.bgsh)'"
    let script = form == "-c" ? "\(start) -c '\(list)'" : "\(start) -s <<'E'\n\(list)\nE"
    let outcome = try scratch.command("bash", "-c", script).run()
    #expect(outcome.status == .success && outcome.standardOutput == "kept\n", "\(outcome.standardError)")
    let supervisor = try #require(scratch.survivors.first { $0.commandLine.hasPrefix("bgsh-supervisor") })
    #expect(!FileTree.names(in: "/proc/\(supervisor.processID)/fd").contains("77"))
  }

  @Test(.enabled(if: Machine.canDenyInotify), arguments: ["instances", "watches"])
  func `without inotify output is followed and kept within its limit`(what: String) throws {
    let scratch = try ScratchState()
    let (gate, floodgate) = (try Gate(in: scratch), try Gate(in: scratch, "floodgate"))
    let script = """
      { echo one; read <\(gate.name); echo two; } &bg --name slow
      { read <\(floodgate.name); \(OutputLimitTests.flood); read <\(floodgate.name); } &bg --name flood --limit 64K
      output -f @slow | while read line; do echo "$line"; [[ $line == one ]] && echo >\(gate.name); done
      echo >\(floodgate.name)
      until jobs --json @flood | grep -q '"dropped_bytes":[1-9]'; do sleep 0.05; done
      echo >\(floodgate.name)
      wait @flood
      """
    let deny = "echo 0 >/proc/sys/user/max_inotify_\(what) && exec \"$@\""
    let outcome = try scratch.command("unshare", "-Ur", "sh", "-c", deny, "sh", BuiltProducts.bgsh, "-c", script).run()
    #expect(outcome.standardOutput == "one\ntwo\n")
    #expect(try scratch.waitForEnd(of: 2)["output"]["dropped_bytes"].number ?? 0 > 1_000_000)
    try Promises(of: scratch).check()
  }
}
