import Glibc
import Notices
import ProcessControl
import StateFiles
import TaskSamples
import Tasks
import TestSupport
import Testing

@testable import Records

/// A database whose file is no longer the one that was opened.
struct OpenStoreTests {
  let scratch = ScratchDirectory()

  private var directory: StateDirectory { StateDirectory(path: scratch.path) }

  private func move(to name: String) {
    for suffix in ["", "-wal", "-shm"] {
      rename(scratch.databasePath + suffix, "\(scratch.path)/\(name)\(suffix)")
    }
  }

  @Test func `it is opened once`() throws {
    let database = OpenStore(in: directory)
    #expect(database.opened == nil)
    let store = try database.current()
    #expect(try database.current() === store)
    #expect(store.isInPlace && database.fileCount == 1)
    database.close(because: .busy)
    #expect(database.opened == nil)
    _ = try database.current()
    #expect(database.fileCount == 1, "it is the same file")
  }

  @Test func `a file that has been moved away is not written any more`() throws {
    let database = OpenStore(in: directory)
    try database.current().insert(.sample(1))
    move(to: "old.db")
    #expect(database.opened?.isInPlace == false)
    try database.current().insert(.sample(2))
    #expect(database.fileCount == 2)
    #expect(try scratch.store().task(TaskID(rawValue: 1)) == nil)
    #expect(try scratch.store().task(TaskID(rawValue: 2)) != nil)
    #expect(try TaskStore(path: "\(scratch.path)/old.db").task(TaskID(rawValue: 2)) == nil)
  }

  @Test func `one that was removed is another, though the next may get its number`() throws {
    let database = OpenStore(in: directory)
    for count in 1...3 {
      _ = try database.current()
      #expect(database.fileCount == count)
      for suffix in ["", "-wal", "-shm"] { unlink(scratch.databasePath + suffix) }
    }
  }

  @Test func `who turns a loop looks once a turn`() throws {
    let database = OpenStore(in: directory)
    database.reviewsEachCall = false
    let store = try database.current()
    move(to: "old.db")
    #expect(try database.current() === store, "it has been looked at in this turn")
    database.reviewAgain()
    #expect(try database.current() !== store)
    #expect(database.fileCount == 2)
  }

  @Test func `another file in its place is taken, and left to its own tasks`() throws {
    let database = OpenStore(in: directory)
    try database.current().insert(.sample(1))
    move(to: "old.db")
    let other = try scratch.store()
    try other.insert(.sample(3))
    #expect(try database.current().task(TaskID(rawValue: 3)) != nil)
    #expect(try database.current().task(TaskID(rawValue: 1)) == nil)
  }

  @Test(arguments: ["tasks", "notifications", "sequence", "supervision"])
  func `one without a table is damaged, and kept`(table: String) throws {
    var kept: [String] = []
    let database = OpenStore(in: directory)
    database.hasReplaced = { kept.append($0) }
    try database.current().insert(.sample(1))
    try database.current().connection.execute(script: "DROP TABLE \(table)")
    do throws(StoreError) {
      let store = try database.current()
      _ = try store.reserveTaskIDs(1)
      _ = try store.finish(TaskID(rawValue: 1), as: .lost, durationMilliseconds: nil, notifying: .lost)
      Issue.record("nothing was missed")
    } catch {
      #expect(error == .damaged(path: scratch.databasePath))
      database.close(because: error)
    }
    #expect(try database.current().liveTasks().isEmpty)
    #expect(kept.count == 1 && database.fileCount == 2)
    #expect(kept.first.map { access($0, F_OK) } == 0)
  }

  @Test(arguments: [[""], ["", "-wal"]])
  func `one that was made empty while it was open is damaged, and said at once`(suffixes: [String]) throws {
    var kept: [String] = []
    let other = try scratch.store()
    try other.insert(.sample(1))
    for suffix in suffixes { #expect(truncate(scratch.databasePath + suffix, 0) == 0) }
    let database = OpenStore(in: directory)
    database.hasReplaced = { kept.append($0) }
    #expect(try database.current().liveTasks().isEmpty)
    #expect(kept.count == 1)
    #expect(!other.isInPlace)
  }

  @Test func `what is under way is put into another file once, and no id is given out twice`() throws {
    let session = SessionID.test("1-1")
    let store = try scratch.store()
    let tasks = [7, 9].map { TaskStore.Supervised(task: .sample($0), supervision: .init(startedInstant: .now)) }
    for _ in 1...2 {
      try store.restore(tasks, reserved: [TaskID(rawValue: 12)], of: session, highestID: 11)
      #expect(try store.supervisedTasks(of: session).map(\.task) == tasks.map(\.task))
      #expect(try store.reservedTaskIDs(of: session) == [TaskID(rawValue: 12)])
    }
    #expect(try store.reserveTaskIDs(1) == [TaskID(rawValue: 13)])
  }

  @Test func `a task that is on record already is recorded once`() throws {
    let store = try scratch.store()
    for _ in 1...2 { try store.insert(.sample(1), startedInstant: .now) }
    #expect(throws: StoreError.self) { try store.insert(.sample(1, session: "2-2"), startedInstant: .now) }
    #expect(try store.liveTasks() == [.sample(1)])
  }
}
