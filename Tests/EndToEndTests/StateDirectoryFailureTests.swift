import Glibc
import TestSupport
import Testing

/// Where no task can be kept none is started, and the shell works on.
struct StateDirectoryFailureTests {
  /// Launches a task that would leave a file.
  private static let script = "touch ran &bg\necho \"status $?\"\necho plain"

  /// Expects that the launch fails with a message, that the rest runs, and that a command says the same.
  private func expectRefusal(
    _ message: String, in scratch: ScratchState, environment: [String: String]? = nil,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let environment = environment ?? scratch.environment
    func bgsh(_ arguments: String...) throws -> Outcome {
      try Command(BuiltProducts.bgsh, arguments, environment: environment, directory: scratch.path).run()
    }
    let outcome = try bgsh("-c", Self.script)
    #expect(outcome.standardOutput == "status 1\nplain\n", sourceLocation: location)
    #expect(outcome.status == .success, sourceLocation: location)
    #expect(outcome.standardError.hasPrefix("bgsh: no task can be started: "), sourceLocation: location)
    #expect(outcome.standardError.contains(message), sourceLocation: location)
    let jobs = try bgsh("jobs", "-a")
    #expect(jobs.status == .exited(1), sourceLocation: location)
    #expect(jobs.standardError.hasPrefix("bgsh: ") && jobs.standardError.contains(message), sourceLocation: location)
    let plain = try bgsh("-c", "echo plain; exit 7")
    #expect(plain.standardOutput == "plain\n" && plain.standardError.isEmpty, sourceLocation: location)
    #expect(plain.status == .exited(7), sourceLocation: location)
    #expect(!FileTree.exists("\(scratch.path)/ran"), "nothing of the task ran", sourceLocation: location)
  }

  @Test func `no home and no state variable`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    // Where it is not even empty, the user's entry in /etc/passwd counts.
    environment["HOME"] = ""
    environment["BGSH_STATE_DIR"] = nil
    try expectRefusal(
      "HOME is not set; set it, or BGSH_STATE_DIR to a directory", in: scratch, environment: environment)
  }

  @Test func `a file in the place of the state directory`() throws {
    let scratch = try ScratchState()
    try scratch.write("precious\n", to: "file")
    var environment = scratch.environment
    environment["BGSH_STATE_DIR"] = "\(scratch.path)/file"
    try expectRefusal("'\(scratch.path)/file': Not a directory", in: scratch, environment: environment)
    #expect(try FileTree.text("\(scratch.path)/file") == "precious\n")
  }

  @Test(arguments: [0o777, 0o770] as [UInt32])
  func `a state directory that others may write`(mode: UInt32) throws {
    let scratch = try ScratchState()
    try #require(chmod(scratch.stateDirectory, mode) == 0)
    try expectRefusal("other users may write to the state directory '\(scratch.stateDirectory)'", in: scratch)
    #expect(FileTree.names(in: scratch.stateDirectory).isEmpty)
    let doctor = try scratch.bgsh("doctor")
    #expect(doctor.status == .exited(1))
    #expect(doctor.standardOutput.contains("broken  state directory"))
  }

  @Test(arguments: ["jobs", "-c"])
  func `a damaged database is kept under another name, and a new one begun`(command: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "echo first &bg wait")
    try waitUntil("nobody has the database open") { scratch.survivors.isEmpty }
    let path = "\(scratch.stateDirectory)/tasks.db"
    for suffix in ["-wal", "-shm"] { FileTree.remove(path + suffix) }
    let garbage = String(repeating: "This is no database. ", count: 500)
    try FileTree.write(garbage, to: path)
    let outcome = try command == "jobs" ? scratch.bgsh("jobs", "-a") : scratch.bgsh("-c", "true &bg wait")
    #expect(outcome.status == .success)
    #expect(outcome.standardError.contains("the task database was damaged: it is kept as '\(path).damaged-"))
    let kept = FileTree.names(in: scratch.stateDirectory).filter { $0.hasPrefix("tasks.db.damaged-") }
    #expect(kept.count == 1)
    #expect(try FileTree.text("\(scratch.stateDirectory)/\(kept[0])") == garbage)
    _ = try scratch.bgsh("--notify", "off", "-c", "echo next &bg wait")
    let id: Int64 = command == "jobs" ? 2 : 3
    #expect(try scratch.output(of: id) == "next\n")
    #expect(try FileTree.text("\(scratch.stateDirectory)/output/1") == "first\n")
  }

  @Test func `a database of a newer version is left as it is`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg wait")
    try waitUntil("nobody has the database open") { scratch.survivors.isEmpty }
    let path = "\(scratch.stateDirectory)/tasks.db"
    // What the log holds would count more than the file.
    for suffix in ["-wal", "-shm"] { FileTree.remove(path + suffix) }
    // The version stands in the file's header: https://www.sqlite.org/fileformat.html#user_version_number
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    let version: [UInt8] = [0, 0, 0, 99]
    try #require(pwrite(descriptor, version, version.count, 60) == version.count)
    close(descriptor)
    let before = try FileTree.read(path)
    try expectRefusal("the task database is of a newer bgsh", in: scratch)
    #expect(try FileTree.read(path) == before)
    #expect(((try? FileTree.read("\(path)-wal")) ?? []).isEmpty)
  }

  @Test func `the root directory`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_STATE_DIR"] = "/"
    try expectRefusal("the state directory cannot be '/'", in: scratch, environment: environment)
  }

  @Test func `a path that is too long for the database`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_STATE_DIR"] = scratch.path + String(repeating: "/" + String(repeating: "x", count: 99), count: 5)
    try expectRefusal("is too long for the task database", in: scratch, environment: environment)
  }

  @Test func `a state directory that is removed under a session`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "true &bg\nwait @@; rm -r \"$BGSH_STATE_DIR\"; true &bg\necho $?")
    #expect(outcome.standardOutput == "1\n")
    #expect(
      outcome.standardError.contains(
        "bgsh: no task can be started: somebody has removed the directory of this session; start a new bgsh\n"))
    try waitUntil("its supervisor has gone") { scratch.survivors.isEmpty }
  }

  @Test(arguments: [1, 8, 40])
  func `a limit of file sizes that is too small for the database`(blocks: Int) throws {
    let scratch = try ScratchState()
    let limited = "ulimit -f \(blocks); exec \"$0\" \"$@\""
    let outcome = try scratch.command("bash", "-c", limited, BuiltProducts.bgsh, "-c", Self.script).run()
    #expect(outcome.standardOutput == "status 1\nplain\n")
    #expect(outcome.status == .success)
    #expect(
      outcome.standardError.contains(
        "no task can be started: the limit of file sizes is too small for the task database; raise 'ulimit -f'\n"))
    let jobs = try scratch.command("bash", "-c", limited, BuiltProducts.bgsh, "jobs", "-a").run()
    #expect(jobs.status == .exited(1))
    #expect(jobs.standardError.contains("the limit of file sizes is too small for the task database '"))
  }

  @Test func `a limit of file sizes holds for what a shell runs, and ends neither its tasks nor its supervisor`() throws
  {
    let scratch = try ScratchState()
    let script = """
      ulimit -S -f 8
      head -c 100000 /dev/zero &bg
      sleep 0.1 &bg
      wait $!
      trap -p XFSZ
      head -c 100000 /dev/zero >file; echo $?
      """
    let outcome = try scratch.command("bash", "-c", "exec \"$0\" --notify off -c \"$1\"", BuiltProducts.bgsh, script)
      .run()
    #expect(outcome.standardOutput == "153\n")
    #expect(try scratch.waitForEnd()["signal"] == "XFSZ")
    #expect(try scratch.waitForEnd(of: 2)["exit_code"] == 0)
  }
}
