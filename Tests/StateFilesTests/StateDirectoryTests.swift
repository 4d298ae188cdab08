import CProcess
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import TaskSamples
import Tasks
import TestSupport
import Testing

struct StateDirectoryTests {
  let scratch = ScratchDirectory()

  @Test func `where HOME is not set the user's entry in the password file counts`() throws {
    let entry = try #require(getpwuid(getuid()))
    let directory = try #require(bgsh_home_directory())
    #expect(String(cString: directory) == String(cString: entry.pointee.pw_dir))
  }

  @Test(arguments: [
    (["BGSH_STATE_DIR": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/s"),
    (["BGSH_STATE_DIR": "/s//", "HOME": "/h"], "/s"),
    (["BGSH_STATE_DIR": "", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/bgsh"),
    (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/bgsh"),
    (["XDG_STATE_HOME": "", "HOME": "/h/"], "/h/.local/state/bgsh"),
    (["HOME": "/"], "/.local/state/bgsh"),
  ])
  func `the environment says where it is`(_ environment: [String: String], _ path: String) throws {
    let directory = try StateDirectory.locate { environment[$0] }
    #expect(directory.path == path)
    #expect(directory.databasePath == path + "/tasks.db")
    #expect(directory.outputFile(of: TaskID(rawValue: 7)) == path + "/output/7")
    #expect(directory.output(of: TaskID(rawValue: 7), isSplit: true).stderrPath == path + "/output/7.stderr")
    #expect(directory.session(.test("1-2")).controlPath == path + "/run/1-2/control")
  }

  @Test(
    arguments: [
      ([:], "no place to keep tasks: HOME is not set; set it, or BGSH_STATE_DIR to a directory"),
      (["HOME": ""], "no place to keep tasks: HOME is not set; set it, or BGSH_STATE_DIR to a directory"),
      (
        ["BGSH_STATE_DIR": "state", "HOME": "/h"],
        "BGSH_STATE_DIR is 'state', which is no absolute path; let it begin with '/'"
      ),
      (["BGSH_STATE_DIR": "/"], "the state directory cannot be '/'; set BGSH_STATE_DIR to a directory of its own"),
      (["BGSH_STATE_DIR": "///"], "the state directory cannot be '/'; set BGSH_STATE_DIR to a directory of its own"),
      (["BGSH_STATE_DIR": "/dev/null/x"], "/dev/null/x': Not a directory; set BGSH_STATE_DIR to a directory"),
      (["BGSH_STATE_DIR": "/dev/null"], "/dev/null': Not a directory; set BGSH_STATE_DIR to a directory"),
      (
        ["BGSH_STATE_DIR": "/proc/x"],
        "cannot make the directory '/proc/x': No such file or directory; set BGSH_STATE_DIR"
      ),
    ] as [([String: String], String)])
  func `where there can be none, it says what to set`(_ environment: [String: String], _ message: String) {
    let error = #expect(throws: StateDirectoryError.self) { try StateDirectory.open { environment[$0] } }
    #expect(error?.description.contains(message) == true, "\(String(describing: error?.description))")
  }

  @Test func `it is made with all above it, for its user only`() throws {
    let path = scratch.path + "/a/b/state"
    let directory = try StateDirectory.open { $0 == "BGSH_STATE_DIR" ? path : nil }
    for part in [directory.path, directory.outputPath, directory.runPath] {
      var information = stat()
      #expect(stat(part, &information) == 0)
      #expect(information.st_mode == S_IFDIR | 0o700)
    }
    try directory.prepare()
    #expect(directory.sessions() == [])
  }

  @Test func `one that others may write is refused`() throws {
    chmod(scratch.path, 0o777)
    #expect(throws: StateDirectoryError.open(scratch.path)) { try StateDirectory(path: scratch.path).prepare() }
    chmod(scratch.path, 0o755)
    try StateDirectory(path: scratch.path).prepare()
  }

  @Test(.enabled(if: geteuid() == 0))
  func `one of another user is refused`() throws {
    chown(scratch.path, 12_345, 12_345)
    #expect(throws: StateDirectoryError.foreign(scratch.path)) { try StateDirectory(path: scratch.path).prepare() }
  }

  @Test(.enabled(if: geteuid() != 0))
  func `one that cannot be written is refused`() {
    chmod(scratch.path, 0o500)
    #expect(throws: StateDirectoryError.notWritable(scratch.path)) { try StateDirectory(path: scratch.path).prepare() }
  }

  @Test func `what is on this machine's own disk is no network file system`() {
    #expect(NetworkFileSystem(holding: scratch.path) == nil)
    #expect(NetworkFileSystem(holding: scratch.path + "/missing") == nil)
    #expect(NetworkFileSystem.userSpaceProgram(holding: scratch.path) == nil)
  }

  @Test func `a session is alive while its lock is held`() throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let session = directory.session(.test("1-1"))
    #expect(!session.isAlive)
    mkdir(session.path, 0o700)
    #expect(!session.isAlive)
    let lock = try #require(try session.takeLock())
    #expect(session.isAlive)
    #expect(try session.takeLock() == nil)
    #expect(directory.sessions() == [session])
    try lock.close()
    // A process that another test has forked may hold it until it executes a program.
    try waitUntil("nobody holds it") { !session.isAlive }
    #expect(try session.takeLock()?.close() != nil)
  }

  @Test func `a session of which nobody can tell counts as alive, one that is not there does not`() throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let session = directory.session(.test("1-1"))
    let unknown = SessionDirectory(id: session.id, path: session.path + String(repeating: "0", count: 300))
    #expect(unknown.isAlive && unknown.hasShell && !unknown.isOver)
    #expect(symlink(session.path, session.path) == 0)
    #expect(!session.isAlive)
    #expect(!SessionDirectory(id: session.id, path: scratch.path + "/missing").isAlive)
    #expect(!SessionDirectory(id: session.id, path: "/dev/null/1-1").isAlive)
  }

  @Test func `what is no session is not listed`() throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    mkdir(directory.runPath + "/stray", 0o700)
    #expect(directory.sessions() == [])
  }

  @Test(arguments: [
    ("/s/output/7", 7), ("/s/output/7.stderr", 7), ("7", 7), ("/s/output/7 (deleted)", nil), ("/s/output/7.log", nil),
    ("/s/output/.stderr", nil), ("/7/output", nil), ("/", nil), ("", nil),
  ])
  func `the name of a file tells whose output it may be`(path: String, id: Int64?) {
    #expect(OutputFile.task(named: path) == id.map { TaskID(rawValue: $0) })
  }
}
