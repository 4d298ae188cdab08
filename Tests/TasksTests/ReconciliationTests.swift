import Glibc
import ProcessControl
import SystemPackage
import Testing

@testable import Tasks

/// What a session that is over has left of a launch that was under way.
struct ReconciliationTests {
  let scratch = ScratchDirectory()
  let session = SessionID.test("1-1")

  /// A launch of which everything is there but the task and, if there is none, its record.
  private func leave(_ record: [String]?, in directory: StateDirectory, _ store: TaskStore) throws -> TaskID {
    try store.openSession(.past(session.rawValue))
    let id = try store.reserveTaskIDs(1, for: session)[0]
    try directory.makeOutput(of: id)
    try write("err\n", to: directory.outputFile(of: id, .error))
    if let record {
      try directory.session(session).make()
      try write(record.map { $0 + "\0" }.joined(), to: directory.session(session).launchedPath)
    }
    return id
  }

  private func write(_ text: String, to path: String) throws {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create], permissions: [.ownerReadWrite])
    defer { try? file.close() }
    try file.writeWhole(text.utf8)
  }

  @Test(arguments: ["", "1"])
  func `a task that was confirmed is lost, and keeps its files`(split: String) throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let store = try TaskStore(in: directory)
    let record = ["1", "make", "/", "", "", "", "", "", "", "", split]
    let id = try leave(record, in: directory, store)
    try Reconciliation(directory, store).run()
    let task = try #require(try store.task(id))
    #expect(task.state == .ended(.lost))
    #expect(task.output == directory.output(of: id, isSplit: split == "1"))
    #expect(access(directory.outputFile(of: id, .error), F_OK) == 0)
    #expect(directory.sessions().isEmpty)
  }

  @Test(arguments: [nil, ["make", "/"]])
  func `of a launch that was not confirmed nothing stays`(record: [String]?) throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let store = try TaskStore(in: directory)
    let id = try leave(record, in: directory, store)
    try Reconciliation(directory, store).run()
    #expect(try store.task(id) == nil)
    for file in [OutputFile.output, .error] { #expect(access(directory.outputFile(of: id, file), F_OK) != 0) }
    #expect(try store.reserveTaskIDs(1, for: session) == [id])
  }
}
