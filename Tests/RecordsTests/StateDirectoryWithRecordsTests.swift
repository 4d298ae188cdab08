import Glibc
import Records
import StateFiles
import SystemPackage
import TaskSamples
import TestSupport
import Testing

/// A state directory with a task database in it.
struct StateDirectoryWithRecordsTests {
  let scratch = ScratchDirectory()

  @Test(arguments: [0, 1])
  func `a path that is too long for the database is refused, and one that is just short enough works`(
    excess: Int
  ) throws {
    var path = scratch.path
    while path.utf8.count < StateDirectory.longestPath + excess {
      let left = StateDirectory.longestPath + excess - path.utf8.count - 1
      // No name may be empty.
      path += "/" + String(repeating: "x", count: left > 200 ? 100 : left)
    }
    let directory = StateDirectory(path: path)
    if excess == 0 {
      try directory.prepare()
      _ = try TaskStore(in: directory).reserveTaskIDs(1, for: .test("1-1"))
    } else {
      let error = #expect(throws: StateDirectoryError.self) { try directory.prepare() }
      #expect(error == .tooLong(path))
      #expect(error?.description.hasSuffix("(SQLite takes 495 bytes); set BGSH_STATE_DIR to a shorter one") == true)
    }
  }

  @Test func `the shell of a session is seen to live by its lock, and may give up launches`() throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let session = directory.session(.test("1-1-1"))
    #expect(session.isOver)
    let ids = try session.make()
    #expect(FileTree.names(in: directory.runPath) == ["1-1-1"])
    #expect(session.hasShell && session.expectsSupervisor && !session.isAlive)
    let store = try TaskStore(in: directory)
    try Reconciliation(directory, store).run()
    #expect(directory.sessions() == [session], "it has not been recorded yet")
    session.giveUp()
    #expect(session.hasShell && !session.expectsSupervisor)
    try Reconciliation(directory, store).run()
    #expect(directory.sessions() == [session])
    try ids.close()
    try waitUntil("nobody holds it") { !session.hasShell }
    try Reconciliation(directory, store).run()
    #expect(directory.sessions() == [])
  }

  @Test func `what a link in the place of a session leads to is left alone`() throws {
    let directory = StateDirectory(path: scratch.path + "/state")
    try directory.prepare()
    let precious = scratch.path + "/precious"
    mkdir(precious, 0o700)
    try FileTree.write("mine", to: precious + "/file", mode: 0o600)
    #expect(symlink(precious, directory.session(.test("1-1")).path) == 0)
    try Reconciliation(directory, try TaskStore(in: directory)).run()
    directory.session(.test("1-1")).remove()
    #expect(try FileTree.text(precious + "/file") == "mine")
  }
}
