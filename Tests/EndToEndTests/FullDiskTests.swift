import TestSupport
import Testing

/// A state directory on a small file system that is full, or fills up.
@Suite(.enabled(if: Machine.canMount))
struct FullDiskTests {
  /// What a script of bgsh's may call: `check` looks at the database with SQLite itself.
  private static let functions = """
    bgsh() { "$BGSH" "$@"; }
    fill() { dd if=/dev/zero of="$BGSH_STATE_DIR/ballast" bs=4k 2>/dev/null; :; }
    free() { rm -f "$BGSH_STATE_DIR/ballast"; }
    check() { python3 -c 'import sqlite3, sys
    print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])' "$BGSH_STATE_DIR/tasks.db"; }
    recorded() { until bgsh jobs -a | grep -q "^@$1 .*$2"; do sleep 0.01; done; }

    """

  /// Runs a script of bgsh's with two megabytes for the state.
  private func run(_ script: String, in scratch: ScratchState, before: String = ":") throws -> Outcome {
    try scratch.write(Self.functions + script, to: "script")
    let mount = "mount -t tmpfs -o size=2m,mode=700 none \"$BGSH_STATE_DIR\" && { \(before); } && exec \"$0\" script"
    var command = scratch.command("unshare", "-Urm", "sh", "-c", mount, BuiltProducts.bgsh)
    command.environment["BGSH"] = BuiltProducts.bgsh
    return try command.run()
  }

  @Test func `where nothing can be kept from the beginning no task is started`() throws {
    let scratch = try ScratchState()
    let fill = "dd if=/dev/zero of=\"$BGSH_STATE_DIR/ballast\" bs=4k 2>/dev/null; :"
    let outcome = try run(
      "touch ran &bg\necho $?\nfree\nuntil touch ran &bg do sleep 0.1; done\nwait @@; echo $?",
      in: scratch, before: fill)
    #expect(outcome.standardOutput == "1\n0\n")
    #expect(
      outcome.standardError.hasPrefix(
        "bgsh: no task can be started: no space is left for the state directory; free some and try again\n"))
    #expect(outcome.status == .success)
  }

  @Test func `a disk that fills up harms no task, and nothing is lost or made up`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let script = """
      { read <\(gate.name); touch reached; exit 3; } &bg --name early
      recorded 1 running
      fill
      touch ran &bg
      echo "launch $?"
      echo >\(gate.name)
      wait @early
      echo "wait $?"
      [[ -e reached && ! -e ran ]] && echo "as it should be"
      bgsh jobs -a --json >listed; echo "jobs $?"
      free
      recorded 1 'exit 3'
      until (exit 4) &bg do sleep 0.1; done
      wait @@
      echo "next $?"
      check
      """
    let outcome = try run(script, in: scratch)
    #expect(
      outcome.standardOutput
        == "launch 1\nwait 3\nas it should be\njobs 0\nnext 4\nok\n")
    let errors = outcome.standardError
    #expect(errors.contains("bgsh: no task can be started: no space is left for the state directory; free some"))
    #expect(errors.contains("bgsh: what tasks do is recorded later: no space left for the task database"))
    // Told once the disk has room, and once only.
    #expect(errors.split(separator: "[@1 early] failed (exit 3) after ", omittingEmptySubsequences: false).count == 2)
    #expect(try JSON(parsing: FileTree.text("\(scratch.path)/listed")).elements.count == 1)
  }

  @Test func `what was shown on a full disk is not shown at every prompt`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    try scratch.write(Self.functions, to: "functions")
    let mount = "mount -t tmpfs -o size=2m,mode=700 none \"$BGSH_STATE_DIR\" && exec \"$0\""
    let shell = try ShellSession(
      in: scratch, program: "unshare", arguments: ["-Urm", "sh", "-c", mount, BuiltProducts.bgsh],
      environment: ["BGSH": BuiltProducts.bgsh], startupFile: ". ./functions")
    try shell.turn("{ read <\(gate.name); exit 3; } &bg")
    try shell.turn("BGSH_NOTIFY=off; recorded 1 running; echo >\(gate.name); recorded 1 'exit 3'")
    // The log can take nothing more, once what there is room for has been written.
    try shell.turn("fill; bgsh prune --older-than 1d >written 2>&1; fill")
    let told = try shell.turn("BGSH_NOTIFY=prompt") + shell.turn("") + shell.turn("")
    #expect(told.split(separator: "[@1] ✘ failed (exit 3)", omittingEmptySubsequences: false).count == 2)
    try shell.turn("free")
    #expect(try !shell.turn("").contains("failed"))
    try shell.terminal.waitUntil("it is acknowledged") {
      try shell.turn("bgsh notifications --history --json").contains("\"delivered_at\":\"")
    }
  }

  @Test func `a shell that may not write files launches as ever`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("--notify", "off", "-c", "(ulimit -f 0; touch ran &bg); echo $?")
    #expect(outcome.standardOutput == "0\n")
    try scratch.waitForEnd()
    #expect(try scratch.record(1)["exit_code"] == 0)
    #expect(FileTree.exists("\(scratch.path)/ran"))
  }

  @Test func `output without a record is left alone, and its number is not used again`() throws {
    let scratch = try ScratchState()
    try FileTree.makeDirectories("\(scratch.stateDirectory)/output")
    for id in [1, 4] { try FileTree.write("precious", to: "\(scratch.stateDirectory)/output/\(id)") }
    let outcome = try scratch.bgsh("--notify", "off", "-c", "true &bg\necho $?; true &bg\necho $?; wait")
    #expect(outcome.standardOutput == "0\n0\n")
    #expect(try scratch.records().map(\.["id"]) == [5, 6])
    for id in [1, 4] { #expect(try FileTree.text("\(scratch.stateDirectory)/output/\(id)") == "precious") }
    try Promises(of: scratch).check()
  }
}
