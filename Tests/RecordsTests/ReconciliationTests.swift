import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import TaskSamples
import Tasks
import TestSupport
import Testing

@testable import Records

/// What a session that is over has left of a launch that was under way.
struct ReconciliationTests {
  let scratch = ScratchDirectory()
  let session = SessionID.test("1-1")

  /// A launch of which everything is there but the task and, if there is none, its record.
  private func leave(_ record: [String]?, in directory: StateDirectory, _ store: TaskStore) throws -> TaskID {
    try leave(record.map { $0.map { $0 + "\0" }.joined() }, in: directory, store)
  }

  private func leave(_ list: String?, in directory: StateDirectory, _ store: TaskStore) throws -> TaskID {
    try store.openSession(.past(session.rawValue))
    let id = try store.reserveTaskIDs(1, for: session)[0]
    try directory.makeOutput(of: id)
    try write("err\n", to: directory.outputFile(of: id, .error))
    if let list {
      let ids = try directory.session(session).make()
      try ids.close()
      try waitUntil("nobody holds it") { !directory.session(session).hasShell }
      try write(list, to: directory.session(session).launchedPath)
    }
    return id
  }

  private func write(_ text: String, to path: String) throws {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create], permissions: [.ownerReadWrite])
    defer { try? file.close() }
    try file.writeWhole(text.utf8)
  }

  @Test(arguments: [[], ["name", "it", "split", ""]])
  func `a task that was confirmed is lost, and keeps its files`(flags: [String]) throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let store = try TaskStore(in: directory)
    let record = ["1", "make", "/", "", ""] + flags
    let id = try leave(record, in: directory, store)
    try Reconciliation(directory, store).run()
    let task = try #require(try store.task(id))
    #expect(task.state == .ended(.lost))
    #expect(task.output == directory.output(of: id, isSplit: flags.contains("split")))
    #expect(task.name?.text == (flags.isEmpty ? nil : "it"))
    #expect(access(directory.outputFile(of: id, .error), F_OK) == 0)
    #expect(directory.sessions().isEmpty)
  }

  /// As a shell leaves one, or as much of it as had room.
  private static func entry(_ id: Int, command: String = "make", count: Int? = nil) -> String {
    let fields = ["000000000000000\(id)", command, "/", "", "", "timeout", "1h", "split", ""]
    let bytes = Array((String(repeating: "\0", count: 12) + fields.map { $0 + "\0" }.joined()).utf8)
    return String(decoding: bytes.prefix(count ?? bytes.count), as: UTF8.self)
  }

  @Test(
    arguments: [
      ("", [2]), (entry(1), [1, 2]), (entry(1, count: 14), [2]), (entry(1, count: 28), [2]),
      (entry(1, count: 29), [1, 2]),
      (entry(1, count: 31), [1, 2]), (entry(1, count: 36), [1, 2]), (String(repeating: "\0", count: 5000), [2]),
      (entry(1) + String(repeating: "\0", count: 5000), [1, 2]), (entry(1, command: ""), [1, 2]),
    ] as [(String, [Int64])])
  func `what a full disk has cut off spoils no other record`(before: String, confirmed: [Int64]) throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    let store = try TaskStore(in: directory)
    _ = try leave(before + Self.entry(2, command: "make all"), in: directory, store)
    let records = try LaunchRecord.confirmed(in: directory.session(session))
    #expect(records.keys.map(\.rawValue).sorted() == confirmed)
    #expect(records[TaskID(rawValue: 2)]?.command == "make all")
    #expect(records[TaskID(rawValue: 2)]?.workingDirectory == "/")
  }

  @Test func `what is no file is not read`() throws {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    mkdir(directory.session(session).path, 0o700)
    #expect(mkfifo(directory.session(session).launchedPath, 0o600) == 0)
    #expect(try LaunchRecord.confirmed(in: directory.session(session)).isEmpty)
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
