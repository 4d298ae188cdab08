import TestSupport
import Testing

/// The job commands as any program calls them: what they print, and how they end.
struct JobCommandTests {
  @Test func `a record has exactly the keys of the contract`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "(exit 3) &bg --name it --desc 'what it is for'\nwait")
    let record = try #require(try scratch.records().first)
    #expect(
      record.keys == [
        "id", "name", "command", "description", "cwd", "session", "state", "exit_code", "signal", "ended_by", "pid",
        "attempt", "queued_at", "started_at", "ended_at", "duration_ms", "timeout_ms", "output", "usage",
        "pipe_status", "left_processes", "notify_on", "matched_line", "expected_ms", "executor",
      ])
    #expect(record["output"].keys == ["path", "bytes", "dropped_bytes", "stderr_path"])
    #expect(record["usage"].keys == ["user_ms", "system_ms", "max_rss_kib"])
    #expect(record["name"] == "it" && record["command"] == "(exit 3)" && record["description"] == "what it is for")
    #expect(record["state"] == "exited" && record["exit_code"] == 3 && record["executor"] == "local")
    #expect(record["cwd"] == .string(scratch.path))
    for key in ["queued_at", "started_at", "ended_at"] {
      let time = try #require(record[key].text)
      #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(key): \(time)")
    }
    #expect(try JSON(parsing: try scratch.bgsh("why", "@it", "--json").standardOutput) == record)
  }

  @Test func `a notification has exactly the keys of the contract`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "(exit 3) &bg")
    try scratch.waitForRecord()
    try waitUntil("its end is on record") { try scratch.record(1)["ended_at"] != .null }
    let notifications = try JSON(parsing: try scratch.bgsh("notifications", "--json").standardOutput).elements
    #expect(notifications.count == 1)
    let first = try #require(notifications.first)
    #expect(first.keys == ["id", "task_id", "event", "at", "delivered_at", "text"])
    #expect(first["task_id"] == 1 && first["event"] == "failed")
    #expect(first["text"].text?.hasPrefix("[@1] failed (exit 3) after ") == true)
    #expect(try scratch.bgsh("notifications", "--json").standardOutput == "[]\n", "each is told once")
  }

  static let ends: [(String, Ending)] = [
    ("true &bg", .success),
    ("(exit 3) &bg", .exited(3)),
    ("sh -c 'kill -9 $$' &bg", .exited(137)),
    ("{ kill -TERM $BASHPID; sleep 1234; } &bg", .exited(143)),
    ("sleep 1234 &bg --timeout 100ms", .exited(124)),
  ]

  @Test(arguments: ends)
  func `the status of wait is that of the task`(launch: String, status: Ending) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", launch)
    #expect(try scratch.waitStatus() == status)
    #expect(try scratch.waitStatus() == status, "also when it is asked again")
  }

  @Test func `wait tells no such task and its own time limit apart`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    _ = try scratch.bgsh("--notify", "off", "-c", "read <gate &bg")
    try scratch.waitForRecord()
    for reference in ["@99", "@nobody"] {
      let outcome = try scratch.bgsh("wait", reference)
      #expect(outcome.status == .exited(127))
      #expect(outcome.standardError == "bgsh: no task \(reference); 'jobs -a' shows the tasks there are\n")
    }
    #expect(try scratch.bgsh("wait", "--timeout", "50ms", "@1").status == .exited(142))
    #expect(try scratch.record(1)["state"] == "running")
    try gate.open()
    #expect(try scratch.bgsh("wait", "--timeout", "1h", "@1").status == .success)
  }

  @Test func `wait with several references has the status of the last, with --any of the first to end`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    _ = try scratch.bgsh("--notify", "off", "-c", "{ read <gate; exit 5; } &bg (exit 4) &bg")
    try scratch.waitForRecord(of: 2)
    #expect(try scratch.bgsh("wait", "--any", "@1", "@2").status == .exited(4))
    #expect(try scratch.record(1)["state"] == "running")
    try gate.open()
    #expect(try scratch.bgsh("wait", "@2", "@1").status == .exited(5))
    #expect(try scratch.bgsh("wait", "@1", "@2").status == .exited(4))
  }

  @Test func `a name is the newest task of that name, @@ the newest of all`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh(
      "--notify", "off", "-c", "echo old &bg --name it\necho new &bg --name it\necho other &bg --name other\nwait")
    #expect(try scratch.bgsh("output", "@it").standardOutput == "new\n")
    #expect(try scratch.bgsh("output", "@1").standardOutput == "old\n")
    let script = "echo a &bg --name it\necho b &bg --name last\nwait\noutput @it\noutput @@\noutput @1"
    #expect(try scratch.bgsh("--notify", "off", "-c", script).standardOutput == "a\nb\nold\n")
  }

  @Test func `kill of what has ended, or never was, fails and says why`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "(exit 3) &bg wait")
    let ended = try scratch.bgsh("kill", "@1")
    #expect(ended.status == .exited(1))
    #expect(ended.standardError == "bgsh: @1 has already ended with status 3\n")
    let unknown = try scratch.bgsh("kill", "@99")
    #expect(unknown.status == .exited(1))
    #expect(unknown.standardError == "bgsh: no task @99; 'jobs -a' shows the tasks there are\n")
  }

  @Test func `kill --all ends all that run`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg sleep 1234 &bg sleep 1234 &bg wait @1")
    try scratch.waitForRecord(of: 3)
    #expect(try scratch.bgsh("kill", "--all").status == .success)
    for id in 2...3 {
      let record = try scratch.waitForEnd(of: Int64(id))
      #expect(record["state"] == "killed" && record["ended_by"] == "kill")
    }
    #expect(try scratch.record(1)["state"] == "exited")
    #expect(!scratch.survivors.contains { $0.commandLine.contains("1234") })
  }

  @Test(arguments: ["jobs", "wait", "output", "digest", "why", "notifications", "rerun", "prune", "doctor", "fg"])
  func `an unknown option is wrong usage and is named`(command: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh(command, "--nonsense")
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardError.hasPrefix("bgsh: unknown option '--nonsense'\nusage: bgsh \(command) "))
    #expect(outcome.standardOutput.isEmpty)
  }

  @Test(arguments: [
    ["jobs", "--state", "nonsense"], ["output", "-n", "many", "@1"], ["output", "--grep", "a(", "@1"],
    ["wait", "--timeout", "soon", "@1"], ["kill"], ["jobs", "--version"], ["jobs", "--json=1"], ["why", "@1", "@2"],
    ["kill", "-s", "", "@1"], ["kill", "-00", "@1"], ["output", "-n", "-1", "@1"], ["doctor", "extra"],
  ])
  func `a bad value, or none, is wrong usage`(words: [String]) throws {
    let scratch = try ScratchState()
    let outcome = try Command(
      BuiltProducts.bgsh, words, environment: scratch.environment, directory: scratch.path
    ).run()
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardError.hasPrefix("bgsh: ") && outcome.standardError.contains("\nusage: bgsh \(words[0]) "))
    #expect(!outcome.standardError.contains(".\n"))
  }

  @Test func `output -n prints the last lines`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "printf '%s\\n' one two three &bg wait")
    #expect(try scratch.bgsh("output", "-n", "2", "@1").standardOutput == "two\nthree\n")
    #expect(try scratch.bgsh("output", "-n", "9", "@1").standardOutput == "one\ntwo\nthree\n")
    #expect(try scratch.bgsh("output", "@99").status == .exited(1))
  }

  @Test(
    arguments: [
      (["a"], "a1\na2\nc a3\n"), (["^a"], "a1\na2\n"), (["^$"], "\n"), (["[0-9]$", "-n", "2"], "a2\nc a3\n"),
      (["(1|3)$", "-n", "1"], "c a3\n"), (["a", "-n", "9"], "a1\na2\nc a3\n"), (["a", "-n", "0"], ""), (["z"], ""),
      (["x$"], "b\0x\n"), (["a", "-f"], "a1\na2\nc a3\n"), (["^a", "-f", "-n", "1"], "a2\n"),
    ] as [([String], String)])
  func `output --grep prints the lines that match`(words: [String], expected: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "printf 'a1\\nb\\0x\\na2\\n\\nc a3' &bg\nwait")
    let outcome = try Command(
      BuiltProducts.bgsh, ["output", "--grep"] + words + ["@1"], environment: scratch.environment,
      directory: scratch.path
    ).run()
    #expect(outcome.standardOutput == expected)
    #expect(outcome.status == .success)
  }

  @Test func `what output --grep leaves out is not seen, and a gap is told of`() throws {
    let scratch = try ScratchState()
    let script =
      "\(OutputLimitTests.flood) &bg --limit 64K\nwait; output --grep '0000000001|181817$'; output --new | wc -l"
    let lines = try scratch.bgsh("--notify", "off", "-c", script).standardOutput.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.first == "0000000001" && lines[1].hasSuffix(" bytes missing …") && lines[2] == "0000181817")
    #expect(try #require(Int(lines[3])) > 5_000)
  }

  @Test func `output --new prints what the session has not seen`() throws {
    let scratch = try ScratchState()
    _ = try Gate(in: scratch)
    let script = """
      { echo one; echo uno >&2; read <gate; printf '%s\n' two three; } &bg --split
      until [[ $(output -n 1 --stderr) ]]; do :; done
      output --new; echo --
      output --new; echo --
      echo >gate; wait
      output --new -n 1; echo --
      output --new; echo --
      output --stdout | wc -l; output --new
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "one\nuno\n--\n--\nthree\n--\n--\n3\n")
    #expect(try scratch.bgsh("output", "--new", "@1").standardOutput == "one\ntwo\nthree\nuno\n")
  }

  @Test func `output prints every byte as it came`() throws {
    let scratch = try ScratchState()
    let loops = "for high in {0..3}; do for middle in {0..7}; do for low in {0..7}; do"
    let list = loops + #" printf "\\$high$middle$low"; done; done; done"#
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg wait")
    #expect(try scratch.bgsh("output", "@1").standardOutputBytes == Array(0...255))
  }

  @Test func `output -f shows what comes, and ends with the task`() throws {
    let scratch = try ScratchState()
    _ = try Gate(in: scratch)
    _ = try scratch.bgsh(
      "--notify", "off", "-c", "{ echo first; read -r line <gate; echo \"$line\"; exit 3; } &bg")
    try scratch.waitForRecord()
    let script = """
      exec 3< <('\(BuiltProducts.bgsh)' output -f @1)
      read -r line <&3
      echo "saw $line"
      echo second >gate
      cat <&3
      """
    let outcome = try scratch.command("bash", "-c", script).run()
    #expect(outcome.standardOutput == "saw first\nsecond\n")
    #expect(outcome.standardError.hasPrefix("[@1] failed (exit 3) after "))
    #expect(try scratch.bgsh("output", "-f", "@1").standardOutput == "first\nsecond\n")
  }

  @Test func `jobs chooses by state and shows names`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh(
      "--notify", "off", "-c", "(exit 3) &bg --name over\nsleep 1234 &bg --name under-way\nwait @over")
    try scratch.waitForRecord(of: 2)
    func ids(_ state: String) throws -> [JSON] {
      try JSON(parsing: try scratch.bgsh("jobs", "-a", "--json", "--state", state).standardOutput).elements.map(
        \.["id"])
    }
    #expect(try ids("running") == [2])
    #expect(try ids("exited") == [1])
    #expect(try ids("lost").isEmpty)
    let lines = try scratch.bgsh("jobs", "-a").standardOutput.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(try #require(lines.first).contains(/^@1  over +failed \(exit 3\)  .*  \(exit 3\)$/))
    #expect(try #require(lines.last).contains(/^@2  under-way  running  .*  sleep 1234$/))
  }

  @Test func `jobs --failed lists what has failed by itself`() throws {
    let scratch = try ScratchState()
    let script =
      "(exit 3) &bg --name over\ntrue &bg\nsleep 1234 &bg\nkill @3; wait; kill -9 $BASHPID &bg\nwait; false &bg\nwait"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    func ids(_ words: String...) throws -> [Int64] {
      let outcome = try Command(
        BuiltProducts.bgctl, ["jobs", "--failed", "--json"] + words, environment: scratch.environment
      ).run()
      return try JSON(parsing: outcome.standardOutput).elements.compactMap { $0["id"].number }
    }
    #expect(try ids() == [1, 4, 5])
    #expect(try ids("--state", "killed") == [4])
    #expect(try ids("@1", "@2", "@3") == [1])
    #expect(try ids("--since", "0") == [])
  }

  @Test func `why tells what is known`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "{ echo a clue; exit 3; } &bg --name it\nwait")
    let outcome = try scratch.bgsh("why", "@it")
    #expect(outcome.status == .success)
    #expect(outcome.standardOutput.hasPrefix("[@1 it] failed (exit 3) after "))
    for part in ["a clue", "exited with status 3", scratch.path] {
      #expect(outcome.standardOutput.contains(part))
    }
    #expect(try scratch.bgsh("why", "@99").status == .exited(1))
  }

  @Test func `doctor finds nothing broken in a good state directory`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("doctor")
    #expect(outcome.status == .success)
    #expect(outcome.standardOutput.contains(scratch.stateDirectory))
    #expect(!outcome.standardOutput.contains("broken"))
    let checks = try JSON(parsing: try scratch.bgsh("doctor", "--json").standardOutput).elements
    #expect(!checks.isEmpty)
    #expect(checks.allSatisfy { $0.keys == ["check", "status", "detail", "advice"] })
  }
}
