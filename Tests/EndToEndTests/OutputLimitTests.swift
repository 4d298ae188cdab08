import Glibc
import TestSupport
import Testing

/// What is kept of output that is too long, and what readers say about the rest.
struct OutputLimitTests {
  /// Lines of ten bytes, `0000000000`, `0000000001` and so on, 2 MB of them.
  static let flood = "seq -f %010.0f 0 181818"
  static let floodBytes: Int64 = 181_819 * 11

  private func blocks(_ record: JSON) throws -> Int64 {
    var information = stat()
    #expect(stat(try #require(record["output"]["path"].text), &information) == 0)
    return Int64(information.st_blocks) * 512
  }

  @Test(arguments: ["--limit 64K", "--limit=65536", ""])
  func `head and tail stay, and readers say what is missing`(flag: String) throws {
    let scratch = try ScratchState()
    let setting = flag.isEmpty ? "BGSH_OUTPUT_LIMIT=64K; " : "BGSH_OUTPUT_LIMIT=1G; "
    let told = try scratch.bgsh("-c", "\(setting)\(Self.flood) &bg \(flag)\nwait")
    #expect(told.standardError.contains("\n[@1] output over 64K, the middle is dropped: \(Self.flood)\n"))
    let record = try scratch.waitForEnd()
    #expect(record["state"] == "exited")
    #expect(record["output"]["bytes"] == .number(Self.floodBytes))
    let dropped = try #require(record["output"]["dropped_bytes"].number)
    let kept = Self.floodBytes - Int64(dropped)
    #expect((60_000...80_000).contains(kept))
    #expect(try blocks(record) <= 96_000)

    let output = try scratch.output()
    let lines = output.split(separator: "\n")
    #expect(lines.first == "0000000000")
    #expect(lines.last == "0000181818")
    #expect(lines.count { $0 == "… \(Int64(dropped)) bytes missing …" } == 1)
    #expect(output.utf8.allSatisfy { $0 != 0 })
    #expect(try scratch.bgsh("output", "-n", "2", "@1").standardOutput == "0000181817\n0000181818\n")
    let most = try scratch.bgsh("output", "-n", "5000", "@1").standardOutput
    #expect(most.contains(" bytes missing …\n"), "the lines asked for are on both sides of the gap")
    #expect(try scratch.bgsh("why", "@1").standardOutput.contains("of it dropped beyond 64K)"))
    #expect(try scratch.bgsh("output", "-f", "@1").standardOutput == output)
  }

  @Test func `a task that floods is held at its limit while it runs`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "yes &bg --limit 1M --kill-after 100ms")
    try waitUntil("much has been dropped") {
      try scratch.record(1)["output"]["dropped_bytes"].number ?? 0 > 20_000_000
    }
    let record = try scratch.record(1)
    #expect(record["state"] == "running")
    #expect(try scratch.bgsh("kill", "@1").status == .success)
    let end = try scratch.waitForEnd()
    #expect(end["ended_by"] == "kill")
    #expect(try blocks(end) <= 2_000_000)
    let events = try JSON(parsing: try scratch.bgsh("notifications", "--peek", "--json").standardOutput)
    #expect(events.elements.map { $0["event"] } == ["limited", "killed"], "it is said once")
  }

  @Test func `a task that empties its own output begins anew`() throws {
    let scratch = try ScratchState()
    let list = "{ \(Self.flood); until [[ -e go ]]; do :; done; sh -c 'echo new > /dev/stdout'; echo end; }"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --limit 16K")
    try waitUntil("much has been dropped") { try scratch.record(1)["output"]["dropped_bytes"].number ?? 0 > 1_000_000 }
    try scratch.write("", to: "go")
    let record = try scratch.waitForEnd()
    // As far as it was seen: there is another look at the latest half a second after the one before.
    let overwritten = try #require(record["output"]["dropped_bytes"].number)
    #expect((1_000_000...Self.floodBytes).contains(overwritten))
    #expect(record["output"]["bytes"] == .number(overwritten + 8))
    let marker = "… \(overwritten) bytes missing, overwritten by the task itself …\n"
    #expect(try scratch.output() == "\(marker)new\nend\n")
    #expect(try scratch.bgsh("why", "@1").standardOutput.contains(" of it overwritten by the task itself)"))
  }

  @Test func `what a task leaves behind is held at its limit too`() throws {
    let scratch = try ScratchState()
    // The second task keeps the supervisor.
    _ = try scratch.bgsh("--notify", "off", "-c", "{ yes & } &bg --limit 64K\nsleep 1234 &bg")
    try scratch.waitForEnd()
    try waitUntil("the file has grown on") {
      var information = stat()
      return stat("\(scratch.stateDirectory)/output/1", &information) == 0 && information.st_size > 50_000_000
        && Int64(information.st_blocks) * 512 < Int64(information.st_size) / 2
    }
  }

  @Test func `the end of what was dropped is not shown under a failure`() throws {
    let scratch = try ScratchState()
    let told = try scratch.bgsh("-c", "{ \(Self.flood); exit 3; } &bg --limit 1K\nwait")
    #expect(told.standardError.contains("\n  0000181818\n  … 2 MB: output @1\n"))
  }

  @Test(arguments: [
    ("x=0; true &bg --limit \"$x\"", "--limit: a task needs room for some output"),
    (
      "x=64MB; true &bg --limit \"$x\"",
      "--limit: '64MB' is no size; write one like 64M, 500K, 1G or a number of bytes"
    ),
    ("x=1025T; true &bg --limit \"$x\"", "--limit: '1025T' is too large; 1024T is the most"),
    (
      "BGSH_OUTPUT_LIMIT=lots; true &bg",
      "BGSH_OUTPUT_LIMIT: 'lots' is no size; write one like 64M, 500K, 1G or a number of bytes"
    ),
  ])
  func `a bad size is named, and nothing runs`(_ list: String, _ message: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "\(list)\necho $?")
    #expect(outcome.standardError == "bgsh: \(message)\n")
    #expect(outcome.standardOutput == "2\n")
    #expect(try scratch.records().isEmpty)
  }

  @Test func `a whole script takes a limit`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--timeout", "1m", "--limit", "16K", "-c", Self.flood)
    #expect(try scratch.waitForEnd()["output"]["dropped_bytes"].number ?? 0 > 1_900_000)
  }

  @Test func `before the disk is full the one that writes the most is ended`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_DISK_FLOOR"] = "1024T"
    let slow = "{ echo little; sleep 1234; }"
    let session = "\(slow) &bg\nyes &bg --limit 1G\nwait @2; jobs --json; kill @1"
    let outcome = try Command(BuiltProducts.bgsh, ["-c", session], environment: environment, directory: scratch.path)
      .run()
    #expect(outcome.standardError.contains("[@2] killed (SIGTERM, by disk) after "))
    let record = try scratch.record(2)
    #expect(record["ended_by"] == "disk")
    #expect(try scratch.waitForEnd()["ended_by"] == "kill", "the other one was left alone")
  }

  /// A file system of this kind cannot give a part of a file back.
  static let mount = "mount -t ramfs none \"$BGSH_STATE_DIR\""
  static let canMount =
    (try? Command("unshare", ["-Urm", "sh", "-c", "mount -t ramfs none /tmp"]).run())?.status == .success

  @Test(.enabled(if: canMount))
  func `where nothing can be given back the task is ended`() throws {
    let scratch = try ScratchState()
    let session = "yes &bg --limit 1M\nwait @@; jobs -a --json; rm -r \"$BGSH_STATE_DIR\"/output"
    let inner = "\(Self.mount) && exec \"$0\" -c '\(session)'"
    let outcome = try scratch.command("unshare", "-Urm", "sh", "-c", inner, BuiltProducts.bgsh).run()
    let record = try #require(try JSON(parsing: outcome.standardOutput).elements.first)
    #expect(record["ended_by"] == "limit")
    #expect(record["state"] == "killed")
    #expect(outcome.standardError.contains("[@1] killed (SIGTERM, by limit) after "))
  }
}
