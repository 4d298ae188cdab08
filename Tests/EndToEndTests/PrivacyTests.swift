import Glibc
import TestSupport
import Testing

/// What others must not see or do.
struct PrivacyTests {
  @Test func `the environment of a task is never written to disk`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    // Put together here, so that it stands in no command.
    let secret = "secret-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let shell = try ShellSession(in: scratch, environment: ["TOKEN": secret])
    try shell.turn("{ read <gate; exit 3; } &bg --name one --desc what")
    try shell.turn("own=$TOKEN; true &bg")
    try shell.turn("sleep 1234 &bg --timeout 10m")
    try scratch.waitForRecord(of: 3)
    func leaks() -> [String] {
      FileTree.files(below: scratch.stateDirectory).filter { path in
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return false }
        return ((try? FileTree.text(path)) ?? "").contains(secret)
      }
    }
    #expect(leaks() == [])
    try gate.open()
    try scratch.waitForEnd()
    try SessionProcesses(in: scratch).kill(.bgsh, .bash, .supervisor)
    #expect(try scratch.record(3)["state"] == "running")
    #expect(leaks() == [])
    try FileTree.write(secret, to: "\(scratch.stateDirectory)/output/3")
    #expect(leaks() == ["\(scratch.stateDirectory)/output/3"], "it would be found")
  }

  @Test(arguments: ["000", "022", "077", "777"])
  func `everything is for its user only, whatever the mask is`(mask: String) throws {
    let scratch = try ScratchState()
    FileTree.remove(scratch.stateDirectory)
    let script = """
      { echo out; exit 3; } &bg
      sleep 1234 &bg
      wait @1
      \\builtin umask
      find "$BGSH_STATE_DIR" -printf '%y%m %P\\n' | grep -v -e '^d700 ' -e '^[fps]600 ' -e '^s700 '
      """
    let command = "umask \(mask); exec \"$0\" --notify off -c \"$1\""
    let outcome = try scratch.command("sh", "-c", command, BuiltProducts.bgsh, script).run()
    #expect(outcome.standardOutput == "0\(mask)\n", "and the shell keeps it")
    #expect(try scratch.record(1)["exit_code"] == 3)
  }

  @Test(.enabled(if: geteuid() == 0))
  func `nobody else gets through to a session`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1234 &bg")
    try scratch.waitForRecord()
    // Searchable for all, so that nothing but the socket keeps them out.
    let session = try #require(FileTree.names(in: "\(scratch.stateDirectory)/run").first)
    for path in ["", "/state", "/state/run", "/state/run/\(session)"] { chmod("\(scratch.path)\(path)", 0o711) }
    let control = "\(scratch.stateDirectory)/run/\(session)/control"
    chmod(control, 0o777)
    let abstract = try #require(
      FileTree.text("/proc/net/unix").split { $0 == " " || $0 == "\n" }.first { $0.hasPrefix("@bgsh-\(session)") })
    let asksRunning: [UInt8] = [0, 0, 0, 0, 7, 0, 0, 0, 1, 0, UInt8(ascii: "N"), 0]
    for (name, request) in [(control, Array("watch\t1\n".utf8)), ("\0\(abstract.dropFirst())", asksRunning)] {
      #expect(try LocalSocket(named: name).answer(to: request, from: 12_345).isEmpty, "\(name)")
      #expect(try !LocalSocket(named: name).answer(to: request, from: geteuid()).isEmpty, "its own user is heard")
    }
  }

  /// What somebody else may have put in the place of a part of the state directory.
  static let plants: [(part: String, plant: String, message: String)] = [
    (
      "state", "mkdir state",
      "the state directory 'HERE' belongs to another user; set BGSH_STATE_DIR to one of your own"
    ),
    ("state", "ln -s own state", "the state directory 'HERE' belongs to another user; set BGSH_STATE_DIR"),
    (
      "state/run", "mkdir state/run", "'HERE/run' belongs to another user; remove it, or set BGSH_STATE_DIR to another"
    ),
    ("state/run", "ln -s ../own state/run", "'HERE/run' belongs to another user; remove it"),
    ("state/output", "mkdir state/output", "'HERE/output' belongs to another user; remove it"),
    ("state/output", "ln -s ../own state/output", "'HERE/output' belongs to another user; remove it"),
    ("state/tasks.db", "touch state/tasks.db", "'HERE/tasks.db' belongs to another user; remove it"),
    ("state/tasks.db", "ln -s ../file state/tasks.db", "'HERE/tasks.db' belongs to another user; remove it"),
    ("state/tasks.db", "ln -s ../none state/tasks.db", "'HERE/tasks.db' belongs to another user; remove it"),
    ("state/tasks.db", "mkfifo state/tasks.db", "'HERE/tasks.db' belongs to another user; remove it"),
  ]

  @Test(.enabled(if: geteuid() == 0), arguments: plants)
  func `what another user has planted is refused`(part: String, plant: String, message: String) throws {
    let scratch = try ScratchState()
    if part == "state" { FileTree.remove(scratch.stateDirectory) }
    try #require(try scratch.command("sh", "-c", "mkdir -m 700 own; touch file; \(plant)").run().status == .success)
    try #require(lchown("\(scratch.path)/\(part)", 12_345, 12_345) == 0)
    try expectRefusal(message, in: scratch)
  }

  @Test(arguments: [
    ("mkfifo state/tasks.db", "'HERE/tasks.db' is no file; remove it"),
    ("mkdir state/tasks.db", "'HERE/tasks.db' is no file; remove it"),
    ("touch state/tasks.db; chmod 666 state/tasks.db", "other users may write to the state directory 'HERE/tasks.db'"),
    (
      "mkdir state/run; chmod 777 state/run",
      "other users may write to the state directory 'HERE/run'; run 'chmod go-w'"
    ),
    ("touch state/output", "cannot make the directory 'HERE/output': Not a directory; set BGSH_STATE_DIR"),
  ])
  func `what is not as it should be is refused`(plant: String, message: String) throws {
    let scratch = try ScratchState()
    try #require(try scratch.command("sh", "-c", plant).run().status == .success)
    try expectRefusal(message, in: scratch)
  }

  private func expectRefusal(_ message: String, in scratch: ScratchState) throws {
    let message = message.replacing("HERE", with: scratch.stateDirectory)
    let outcome = try scratch.bgsh("-c", "touch ran &bg\necho $?")
    #expect(outcome.standardOutput == "1\n")
    #expect(outcome.standardError.hasPrefix("bgsh: no task can be started: \(message)"))
    let jobs = try scratch.bgsh("jobs", "-a")
    #expect(jobs.status == .exited(1) && jobs.standardError.hasPrefix("bgsh: \(message)"))
    #expect(!FileTree.exists("\(scratch.path)/ran"))
  }

  @Test func `links of one's own are followed`() throws {
    let scratch = try ScratchState()
    #expect(try scratch.command("sh", "-c", "mkdir -m 700 far; ln -s ../far state/output").run().status == .success)
    #expect(try scratch.bgsh("--notify", "off", "-c", "echo here &bg wait").status == .success)
    #expect(try FileTree.text("\(scratch.path)/far/1") == "here\n")
  }
}
