import Glibc
import TestSupport
import Testing

/// `--split`: standard error in a file of its own.
struct SplitTests {
  private func size(_ path: String) -> (bytes: Int64, onDisk: Int64) {
    var information = stat()
    guard stat(path, &information) == 0 else { return (-1, -1) }
    return (Int64(information.st_size), Int64(information.st_blocks) * 512)
  }

  @Test(arguments: [
    "{ echo out; echo err >&2; exit 3; } &bg --split --name it",
    "--timeout 1m --split { echo out; echo err >&2; exit 3; }",
  ])
  func `what goes to standard error has a file of its own`(list: String) throws {
    let scratch = try ScratchState()
    let told = try scratch.bgsh("-c", "\(list)\nwait")
    #expect(told.standardError.contains("\n  out\n  err\n"))
    let record = try scratch.waitForEnd()
    let path = "\(scratch.stateDirectory)/output/1"
    #expect(record["exit_code"] == 3)
    #expect(record["output"]["path"] == .string("\(path)"))
    #expect(record["output"]["stderr_path"] == .string("\(path).stderr"))
    #expect(record["output"]["bytes"] == 8)
    #expect(try FileTree.text("\(path)") == "out\n")
    #expect(try FileTree.text("\(path).stderr") == "err\n")
    #expect(try scratch.output() == "out\nerr\n")
    #expect(try scratch.bgsh("output", "--stdout", "@1").standardOutput == "out\n")
    #expect(try scratch.bgsh("output", "--stderr", "@1").standardOutput == "err\n")
    let account = try scratch.bgsh("why", "@1").standardOutput
    #expect(account.contains("\n  output       \(path) (4 B)\n"))
    #expect(account.contains("\n  stderr       \(path).stderr (4 B)\n"))
    #expect(account.hasSuffix("\n  last lines\n    out\n  last lines of standard error\n    err\n"))
  }

  @Test func `without it there is none`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "{ echo out; echo err >&2; } &bg")
    let record = try scratch.waitForEnd()
    #expect(record["output"]["stderr_path"] == .null)
    #expect(!FileTree.exists("\(scratch.stateDirectory)/output/1.stderr"))
    #expect(try scratch.bgsh("output", "--stdout", "@1").standardOutput == "out\nerr\n")
    let outcome = try scratch.bgsh("output", "--stderr", "@1")
    #expect(outcome.status == .exited(1))
    #expect(outcome.standardOutput == "")
    #expect(
      outcome.standardError
        == "bgsh: @1: no standard error of its own: it was started without '--split'; 'output @1' shows all of it\n")
    #expect(try scratch.bgsh("output", "--stdout", "--stderr", "@1").status == .exited(2))
  }

  /// Lists the descriptors of the task's own shell, and of a program that it starts.
  static let listings = [
    "p=$BASHPID; for n in {0..254}; do [ -L /proc/$p/fd/$n ] && readlink /proc/$p/fd/$n; done",
    "sh -c 'for n in $(seq 0 254); do [ -L /proc/$$/fd/$n ] && readlink /proc/$$/fd/$n; done'; :",
  ]

  @Test(arguments: ["", "--split"], listings)
  func `a task inherits nothing of bgsh's`(flag: String, listing: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "{ \(listing); } &bg \(flag)\nwait")
    let file = "\(scratch.stateDirectory)/output/1"
    #expect(try FileTree.text(file) == "/dev/null\n\(file)\n\(file)\(flag.isEmpty ? "" : ".stderr")\n")
  }

  @Test(arguments: ["", "--split"])
  func `a task inherits every descriptor of the user's`(flag: String) throws {
    let scratch = try ScratchState()
    let all = (3...255).map { "exec \($0)</dev/null" }.joined(separator: "; ")
    _ = try scratch.bgsh(
      "--notify", "off", "-c", "\(all); { readlink /proc/self/fd/{3..255} | uniq -c; } &bg \(flag)\nwait")
    #expect(try scratch.bgsh("output", "--stdout", "@1").standardOutput == "    253 /dev/null\n")
  }

  @Test(arguments: ["", "--split"])
  func `a task has the terminal, and what it puts in the background has not`(flag: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ readlink /proc/self/fd/0 & wait; readlink /proc/self/fd/0; } &bg \(flag)")
    try scratch.waitForEnd()
    let inputs = try scratch.output().split(separator: "\n")
    #expect(inputs.first == "/dev/null" && inputs.last?.hasPrefix("/dev/pts/") == true, "\(inputs)")
  }

  @Test(arguments: [("", ""), ("--split", ".stderr")])
  func `where a file cannot be made nothing runs, and that is said`(flag: String, suffix: String) throws {
    let scratch = try ScratchState()
    // The file of the next id is made ahead.
    let file = "\"$BGSH_STATE_DIR\"/output/1"
    let script =
      "until [[ -f \(file) ]]; do :; done; rm \(file); mkdir \(file)\(suffix); echo ran >&8 &bg \(flag)\necho $?"
    let outcome = try scratch.command("sh", "-c", "exec \"$0\" -c '\(script)' 8>&1", BuiltProducts.bgsh).run()
    #expect(outcome.standardOutput == "1\n")
    #expect(
      outcome.standardError == "bgsh: no task can be started: cannot open "
        + "'\(scratch.stateDirectory)/output/1\(suffix)': Is a directory\n")
  }

  @Test func `the user's mask does not close it to bgsh`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "umask 777; echo err >&2 &bg --split\nwait")
    var information = stat()
    #expect(stat("\(scratch.stateDirectory)/output/1.stderr", &information) == 0)
    #expect(information.st_mode & 0o777 == 0o600)
    #expect(try scratch.bgsh("output", "--stderr", "@1").standardOutput == "err\n")
  }

  @Test func `each file has its last lines, and is followed`() throws {
    let scratch = try ScratchState()
    for name in ["gate", "gate2"] { _ = try Gate(in: scratch, name) }
    let list = "{ seq 1 30; seq 101 130 >&2; read <gate; echo error >&2; read <gate2; echo late; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --split")
    try waitUntil("it has begun") { try scratch.bgsh("output", "--stderr", "@1").standardOutput.hasSuffix("130\n") }
    #expect(try scratch.bgsh("output", "-n", "2", "@1").standardOutput == "29\n30\n129\n130\n")
    #expect(try scratch.bgsh("output", "-n", "1", "--stderr", "@1").standardOutput == "130\n")
    let script = """
      for flag in '' --stdout --stderr; do "$0" output -f -n 1 $flag @1 >"followed$flag" & done
      until [ "$(cat followed | wc -l)" = 2 ] && [ -s followed--stdout ] && [ -s followed--stderr ]; do :; done
      echo >gate
      until grep -q error followed && grep -q error followed--stderr; do :; done
      echo >gate2; wait
      """
    #expect(try scratch.command("sh", "-c", script, BuiltProducts.bgsh).run().status == .success)
    let all = try FileTree.text("\(scratch.path)/followed")
    #expect(all == "30\n130\nerror\nlate\n")
    #expect(try FileTree.text("\(scratch.path)/followed--stdout") == "30\nlate\n")
    #expect(try FileTree.text("\(scratch.path)/followed--stderr") == "130\nerror\n")
    _ = try scratch.bgsh("--notify", "off", "-c", "echo two &bg\nwait")
    let both = try scratch.bgsh("output", "-f", "-n", "1", "@1", "@2").standardOutput
    #expect(Set(both.split(separator: "\n")) == ["@1 | late", "@1 | error", "@2 | two"])
  }

  @Test func `fg goes on where each file was last seen`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ echo first; echo wrong >&2; read <gate; echo second; echo worse >&2; exit 3; } &bg --split")
    try waitUntil("it has begun") { try scratch.output() == "first\nwrong\n" }
    #expect(try shell.turn("output --stderr").contains("wrong"))
    try shell.begin("fg @1")
    try shell.terminal.expect("first\n")
    try gate.open()
    try shell.terminal.expect("failed (exit 3)")
    try shell.terminal.expect(shell.prompt)
    let text = shell.terminal.text
    for line in ["first\n", "wrong\n", "second\n", "worse\n"] {
      #expect(
        text.replacing("echo \(line)", with: "").split(separator: line, omittingEmptySubsequences: false).count == 2,
        "\(line)")
    }
  }

  @Test(arguments: [("--stdout", true), ("--stderr", true), ("", false)])
  func `only all of it counts as read`(flag: String, isDue: Bool) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("BGSH_NOTIFY=off; { echo out; echo err >&2; exit 3; } &bg --split")
    try scratch.waitForEnd()
    try shell.turn("output \(flag) >/dev/null")
    #expect(try shell.turn("notifications --peek").contains("[@1] ✘ failed") == isDue)
  }

  /// Both streams, or one of them, far beyond the limit.
  @Test(arguments: [(true, true), (true, false), (false, true)])
  func `both files share one limit`(floodsOutput: Bool, floodsErrors: Bool) throws {
    let scratch = try ScratchState()
    let flood = OutputLimitTests.flood
    let lists = [floodsOutput ? flood : "echo little", "{ \(floodsErrors ? flood : "echo few"); } >&2"]
    let told = try scratch.bgsh("-c", "{ \(lists.joined(separator: "; ")); } &bg --split --limit 256K\nwait")
    #expect(told.standardError.split(separator: "output over 256K", omittingEmptySubsequences: false).count == 2)
    let record = try scratch.waitForEnd()
    let path = "\(scratch.stateDirectory)/output/1"
    let (output, errors) = (size("\(path)"), size("\(path).stderr"))
    #expect(record["output"]["bytes"] == .number(output.bytes + errors.bytes))
    let dropped = try #require(record["output"]["dropped_bytes"].number)
    let kept = output.bytes + errors.bytes - Int64(dropped)
    #expect((250_000...280_000).contains(kept), "\(kept)")
    #expect(output.onDisk + errors.onDisk <= 320_000)
    for (stream, floods) in [("--stdout", floodsOutput), ("--stderr", floodsErrors)] {
      let text = try scratch.bgsh("output", stream, "@1").standardOutput
      #expect(text.contains(" bytes missing …\n") == floods)
      if floods {
        #expect(text.hasPrefix("0000000000\n") && text.hasSuffix("\n0000181818\n"))
        // What the other file leaves is its own.
        #expect((floodsOutput && floodsErrors ? 120_000...145_000 : 240_000...280_000).contains(text.utf8.count))
      }
    }
  }

  @Test func `what is left behind is held at the limit in both files`() throws {
    let scratch = try ScratchState()
    // The second task keeps the supervisor.
    _ = try scratch.bgsh("--notify", "off", "-c", "{ yes >&2 & } &bg --split --limit 64K\nsleep 1234 &bg")
    try scratch.waitForEnd()
    try waitUntil("the file has grown on") {
      let errors = size("\(scratch.stateDirectory)/output/1.stderr")
      return errors.bytes > 50_000_000 && errors.onDisk < errors.bytes / 2
    }
  }

  @Test(arguments: ["", ">&2"])
  func `a task that is quiet is heard when it writes to either file`(redirection: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("{ read <gate; \(OutputLimitTests.flood) \(redirection); sleep 1234; } &bg --split --limit 64K")
    try scratch.waitForRecord()
    let supervisor = try SessionProcesses(in: scratch).supervisor
    try waitUntil("the kernel is to tell of both files") {
      let infos = FileTree.names(in: "/proc/\(supervisor)/fdinfo").compactMap {
        try? FileTree.text("/proc/\(supervisor)/fdinfo/\($0)")
      }
      return infos.joined().split(separator: "\n").count { $0.hasPrefix("inotify ") } == 2
    }
    try gate.open()
    try waitUntil("much has been dropped") { try scratch.record(1)["output"]["dropped_bytes"].number ?? 0 > 1_000_000 }
  }

  @Test func `the disk is guarded against standard error too`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_DISK_FLOOR"] = "1024T"
    let session = "{ echo little; sleep 1234; } &bg --split\nyes >&2 &bg --split --limit 1G\nwait @2; kill @1"
    let outcome = try Command(BuiltProducts.bgsh, ["-c", session], environment: environment, directory: scratch.path)
      .run()
    #expect(outcome.standardError.contains("[@2] killed (SIGTERM, by disk) after "))
  }

  @Test func `both files count for what is kept, and both go`() throws {
    let scratch = try ScratchState()
    let run = "{ head -c 50000 /dev/zero; head -c 50000 /dev/zero >&2; } &bg --split\nwait @@"
    let script = "BGSH_KEEP=1d,250K\n\(run)\n\(run)\n\(run)\n\(run)\nsleep 1234 &bg"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    try waitUntil("two are left, and what runs") {
      try scratch.records().map { $0["id"] } == [3, 4, 5]
    }
    #expect(!FileTree.names(in: "\(scratch.stateDirectory)/output").contains("1"))
    let json = try JSON(parsing: try scratch.bgsh("prune", "--json").standardOutput)
    #expect(try #require(json["bytes"].number) >= 200_000)
    #expect(!FileTree.names(in: "\(scratch.stateDirectory)/output").contains("4"))
  }

  @Test func `a whole script is split`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh(
      "--timeout", "1m", "--split", "--json", "-c", "echo out; echo err >&2")
    let record = try JSON(parsing: outcome.standardOutput)
    #expect(record["output"]["stderr_path"] == .string("\(scratch.stateDirectory)/output/1.stderr"))
    try scratch.waitForEnd()
    #expect(try scratch.bgsh("output", "--stderr", "@1").standardOutput == "err\n")
  }

  @Test func `another supervisor knows both files`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn(
      "{ echo out; echo err >&2; read <gate; \(OutputLimitTests.flood) >&2; exit 3; } &bg --split --limit 64K")
    try scratch.waitForRecord()
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    _ = try SessionProcesses(in: scratch, except: [first.supervisor])
    try gate.open()
    let record = try scratch.waitForEnd()
    #expect(record["exit_code"] == 3)
    #expect(record["output"]["bytes"] == .number(OutputLimitTests.floodBytes + 8))
    #expect(try #require(record["output"]["dropped_bytes"].number) > 1_900_000)
    #expect(record["output"]["stderr_path"] == .string("\(scratch.stateDirectory)/output/1.stderr"))
    try Promises(of: scratch).check()
  }

  @Test(
    .enabled(if: getenv("BGSH_TEST_PRODUCTS") == nil),
    arguments: ["registered", "inserted", "started", "ending", "ended"])
  func `a supervisor that dies at a step forgets no file`(step: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, environment: ["BGSH_FAILPOINT": step])
    try shell.turn("{ echo out; echo err >&2; exit 3; } &bg --split")
    let record = try scratch.waitForEnd()
    #expect(record["exit_code"] == 3)
    #expect(record["output"]["stderr_path"] == .string("\(scratch.stateDirectory)/output/1.stderr"))
    #expect(try scratch.output() == "out\nerr\n")
    try Promises(of: scratch).check()
  }
}
