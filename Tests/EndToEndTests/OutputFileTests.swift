import Glibc
import TestSupport
import Testing

/// The files that tasks write to, and what else may stand in their place.
struct OutputFileTests {
  @Test(arguments: ["sh -c 'echo new >/dev/stderr'", "echo new | tee /dev/stderr >/dev/null"])
  func `what a task overwrites counts as dropped, and is said`(command: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let list = "{ seq 1000; read <gate; \(command); }"
    let told = scratch.command(
      "setsid", "-f", "sh", "-c", "\"$0\" -c \"$1\" >told 2>&1; touch over", BuiltProducts.bgsh, "\(list) &bg\nwait")
    _ = try told.run()
    try waitUntil("all of it is written") {
      try scratch.record(1)["output"]["bytes"] == 3893
    }
    // Heard of at the first write, and looked at until nothing more came.
    try gate.open()
    try waitUntil("the script is over") { FileTree.exists("\(scratch.path)/over") }
    let record = try scratch.waitForEnd()
    let dropped = Int64(try #require(record["output"]["dropped_bytes"].number))
    #expect(record["output"]["bytes"] == .number(dropped + 4))
    #expect(dropped == 3893)
    #expect(try scratch.output() == "… 3893 bytes missing, overwritten by the task itself …\nnew\n")
    #expect(
      try scratch.bgsh("why", "@1").standardOutput.contains(" (3.9 kB, 3.9 kB of it overwritten by the task itself)"))
    let notice = try FileTree.text("\(scratch.path)/told").split(separator: "\n")[1]
    #expect(notice.hasPrefix("[@1] done after ") && notice.contains(", 3.9 kB of its output overwritten: { seq 1000"))
  }

  @Test(arguments: ["/dev/stderr", "/dev/stdout", "/proc/self/fd/1"])
  func `what a task's own bash redirects there is appended`(path: String) throws {
    let scratch = try ScratchState()
    let list = "{ seq 1000; echo new >\(path); echo other >file; echo last >file; echo inner >/dev/stderr; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg\nwait; echo a >kept; echo b >kept")
    let record = try scratch.waitForEnd()
    #expect(record["output"]["bytes"] == 3903 && record["output"]["dropped_bytes"] == 0)
    #expect(try scratch.output().hasSuffix("\n1000\nnew\ninner\n"))
    for (file, text) in [("file", "last\n"), ("kept", "b\n")] {
      #expect(try FileTree.text("\(scratch.path)/\(file)") == text)
    }
  }

  @Test func `what is overwritten by more than was there is seen, too`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let list = "{ echo old; read <gate; sh -c 'seq 1000 >/dev/stdout'; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg")
    try waitUntil("something is written") { try scratch.record(1)["output"]["bytes"] == 4 }
    try gate.open()
    #expect(try scratch.waitForEnd()["output"]["dropped_bytes"] == 4)
  }

  @Test func `who follows is told that the output was overwritten`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("BGSH_NOTIFY=off")
    try shell.turn("{ seq 3; read <gate; sh -c 'echo new >/dev/stdout'; } &bg")
    try shell.begin("output -f @1")
    try shell.terminal.expect("3\n")
    try gate.open()
    let rest = try shell.terminal.expect(shell.prompt)
    #expect(rest.hasPrefix("… the task has overwritten its output …\nnew\n[@1] "))
  }

  @Test func `holes that a task makes are zeros`() throws {
    let scratch = try ScratchState()
    let list = "{ truncate -s 100000 /dev/stdout; echo end; sh -c 'echo err; truncate -s 50000 /dev/stderr' >&2; }"
    let script = "truncate -s 300000 zeros; cp --sparse=always zeros /dev/stdout &bg\n\(list) &bg --split\nwait"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    for (id, bytes, file) in [(1, 300_000, "1"), (2, 100_004, "2"), (2, 50_000, "2.stderr")] as [(Int64, Int, String)] {
      let record = try scratch.waitForEnd(of: id)
      #expect(record["output"]["dropped_bytes"] == 0)
      let stream = file.hasSuffix("stderr") ? "--stderr" : "--stdout"
      let output = try scratch.bgsh("output", stream, "@\(id)").standardOutputBytes
      #expect(output == (try FileTree.read("\(scratch.stateDirectory)/output/\(file)")))
      #expect(output.count == bytes)
    }
    #expect(try scratch.bgsh("output", "-n", "1", "--stdout", "@2").standardOutputBytes.count == 100_004)
  }

  @Test func `beyond the limit a task's own holes at both ends are zeros, and the middle is missing`() throws {
    let scratch = try ScratchState()
    let list =
      "{ truncate -s 20000 /dev/stdout; head -c 2000000 /dev/zero | tr '\\0' x; truncate -s 2030000 /dev/stdout; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --limit 128K\nwait")
    let record = try scratch.waitForEnd()
    let dropped = Int(try #require(record["output"]["dropped_bytes"].number))
    let output = try scratch.bgsh("output", "@1").standardOutputBytes
    let marker = Array("\n… \(dropped) bytes missing …\n".utf8)
    #expect(output.count == 2_030_000 - dropped + marker.count)
    #expect(output.prefix(20000).allSatisfy { $0 == 0 } && output.suffix(10000).allSatisfy { $0 == 0 })
    #expect(output.count { $0 == 0 } == 30000)
  }

  @Test(arguments: ["mkfifo", "ln -s /dev/zero", "mkdir", "ln -s /etc/passwd"])
  func `what is no file in the place of an output is not read`(make: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "echo hi &bg\nwait")
    let path = "\(scratch.stateDirectory)/output/1"
    _ = try scratch.command("sh", "-c", "rm '\(path)' && \(make) '\(path)'").run()
    for arguments in [["output", "@1"], ["output", "-f", "@1"], ["output", "-n", "1", "@1"]] {
      let outcome = try Command(
        BuiltProducts.bgsh, arguments, environment: scratch.environment, directory: scratch.path
      ).run()
      #expect(outcome.status == .exited(1))
      #expect(outcome.standardOutput == "")
      #expect(
        outcome.standardError == "bgsh: @1: no output: '\(path)' is no file any more; remove what stands there\n")
    }
    #expect(try scratch.bgsh("why", "@1").standardOutput.contains("\(path) (missing)\n"))
  }

  @Test(arguments: ["ln -f stranger", "ln -sf \"$PWD/stranger\""])
  func `a stranger's file in the place of an output is left as it is`(make: String) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let path = "\(scratch.stateDirectory)/output/1"
    let list = "{ echo begin; read <gate; head -c 1000000 /dev/zero | tr '\\0' y; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --limit 16K")
    try waitUntil("it writes") { try scratch.record(1)["output"]["bytes"] == 6 }
    _ = try scratch.command("sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x >stranger; \(make) '\(path)'").run()
    try gate.open()
    try scratch.waitForEnd()
    let bytes = try FileTree.read("\(scratch.path)/stranger")
    #expect(bytes.count == 1_000_000 && bytes.allSatisfy { $0 == UInt8(ascii: "x") })
  }

  @Test func `an output with a second name keeps all of it`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let list = "{ echo begin; read <gate; head -c 1000000 /dev/zero | tr '\\0' y; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --limit 16K")
    try waitUntil("it writes") { try scratch.record(1)["output"]["bytes"] == 6 }
    _ = try scratch.command("ln", "\(scratch.stateDirectory)/output/1", "mine").run()
    try gate.open()
    #expect(try scratch.waitForEnd()["output"]["dropped_bytes"] == 0)
    #expect(try FileTree.read("\(scratch.path)/mine").count == 1_000_006)
  }
}
