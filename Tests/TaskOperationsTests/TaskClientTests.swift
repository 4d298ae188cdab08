import Connections
import Glibc
import Notices
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
import TaskOperations
import TaskSamples
import Tasks
import TestSupport
import Testing

/// A state directory with records, and clients that belong to no session.
final class RecordsOnDisk {
  private let scratch = ScratchDirectory()
  let directory: StateDirectory
  let store: TaskStore

  init() throws {
    directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    store = try TaskStore(in: directory)
  }

  func client() throws -> TaskClient {
    try TaskClient(in: directory, session: nil) { _ in }
  }

  /// Records a task, with an output file of its own if it is given what stands there.
  @discardableResult
  func add(_ task: BackgroundTask, output: String? = nil) throws -> BackgroundTask {
    var task = task
    task.output = directory.output(of: task.id, isSplit: false)
    task.output.bytes = Int64(output?.utf8.count ?? 0)
    if let output { try FileTree.write(output, to: task.output.path, mode: 0o600) }
    try store.insert(task)
    return task
  }

  /// Records a session that is over.
  func addSession(_ id: String, kind: Session.Kind = .interactive) throws {
    try store.openSession(.past(id, kind: kind, endedAt: 5))
  }
}

struct TaskClientTests {
  let records: RecordsOnDisk

  init() throws { records = try RecordsOnDisk() }

  @Test func `references lead to tasks, each for itself`() throws {
    try records.add(.sample(1, name: "tests", state: .exited(code: 0)))
    try records.add(.sample(2, session: "2-2", name: "tests", state: .lost))
    let found = try records.client().tasks(for: ["@1", "@tests", "@9", "7", "@@"])
    let ids = found.map { (try? $0.get())?.id.rawValue }
    #expect(ids == [1, 2, nil, nil, 2], "a name means its newest task; outside of a session @@ is anybody's newest")
    #expect(
      found.map { result in if case .failure(let failure) = result { failure.description } else { "" } } == [
        "", "", "no task @9; 'jobs -a' shows the tasks there are", "'7' is no task; write @7, @name or @@", "",
      ])
  }

  @Test func `a session that is over is no session`() throws {
    let client = try TaskClient(in: records.directory, session: .test("1-1")) { _ in }
    #expect(client.session == nil)
  }

  @Test(
    arguments: [
      (TaskFilter(), [2]), (TaskFilter(endedWithin: .seconds(10)), [2, 3]),
      (TaskFilter(includesAllSessions: true), [1, 2, 3]), (TaskFilter(states: ["exited"]), [1, 3]),
      (TaskFilter(states: ["paused", "lost"]), []), (.candidates(onlyLive: true), [2]),
    ] as [(TaskFilter, [Int64])])
  func `a filter says which tasks are listed`(_ filter: TaskFilter, _ ids: [Int64]) throws {
    let now = Timestamp(milliseconds: 100_000_000)
    try records.add(.sample(1, state: .exited(code: 1), endedAt: now.milliseconds - 80_000_000))
    // Its process is this one: it lives as long as the test.
    var running = BackgroundTask.sample(2)
    let own = try #require(ProcessSighting.of(ProcessID.own).state)
    (running.processID, running.processStartTicks, running.bootID) = (ProcessID.own, own.startTicks, Boot.identifier)
    try records.add(running)
    try records.add(.sample(3, state: .exited(code: 0), endedAt: now.milliseconds - 9_000))
    #expect(try records.client().tasks(matching: filter, now: now).map(\.id.rawValue) == ids)
  }

  @Test func `a damaged database is replaced, and that is remarked`() throws {
    let scratch = ScratchDirectory()
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    try FileTree.write(String(repeating: "no database ", count: 100), to: directory.databasePath, mode: 0o600)
    var remarks: [Remark] = []
    let client = try TaskClient(in: directory, session: nil) { remarks.append($0) }
    #expect(remarks.count == 1)
    #expect(remarks.first?.description.contains("it is kept as '\(directory.databasePath).damaged-") == true)
    #expect(try client.liveTasks().isEmpty)
  }

  @Test func `outside of a session everything due is told, and taken where nobody else is left`() throws {
    try records.addSession("1-1")
    try records.add(.sample(1))
    _ = try records.store.finish(
      TaskID(rawValue: 1), as: .exited(code: 3), durationMilliseconds: 1, notifying: .failed)
    let client = try records.client()
    let due = try client.dueNotices()
    #expect(due.map(\.notification.event) == [.failed])
    let own = try client.ownToTell(due)
    #expect(own == due)
    try client.acknowledge(own)
    #expect(try client.dueNotices().isEmpty)
    #expect(try client.noticeHistory().map(\.task.id.rawValue) == [1])
  }

  @Test func `what ended is dropped with its output; what nobody was told of stays`() throws {
    try records.addSession("1-1")
    try records.add(.sample(1, state: .exited(code: 0), endedAt: 1_000), output: "some output\n")
    try records.add(.sample(2))
    _ = try records.store.finish(
      TaskID(rawValue: 2), as: .exited(code: 0), at: Timestamp(milliseconds: 2_000), durationMilliseconds: 1,
      notifying: .done)
    try records.add(.sample(3, state: .lost, endedAt: 9_000))
    let client = try records.client()
    let bound = Timestamp(milliseconds: 5_000)
    let told = try client.endedTaskIDs(before: bound, untold: false)
    #expect(told.map(\.rawValue) == [1])
    let pruning = client.pruning(of: told)
    #expect(pruning.taskCount == 1 && pruning.bytes > 0)
    #expect(try client.drop(told) == pruning)
    #expect(FileTree.names(in: records.directory.outputPath) == [])
    #expect(try client.untoldCount(before: bound) == 1)
    #expect(try client.drop(client.endedTaskIDs(before: bound, untold: true)) == Pruning(taskCount: 1))
    #expect(try client.endedTaskIDs(before: Timestamp(milliseconds: 9_001), untold: true).map(\.rawValue) == [3])
  }

  @Test func `what is dropped is said in words and as an object`() {
    #expect(Pruning(taskCount: 1, bytes: 2_048).text == "1 task, 2 kB")
    #expect(Pruning(taskCount: 2).text == "2 tasks, 0 B")
    #expect(Pruning(taskCount: 2, bytes: 3).json.text == #"{"tasks":2,"bytes":3}"#)
  }

  @Test func `of each command the newest counts as failed, where nobody has ended it`() throws {
    try records.addSession("1-1")
    let now = Timestamp.now.milliseconds
    func add(_ id: Int64, _ command: RawText, _ state: TaskState, by: EndedBy? = nil, ago: Int64 = 1_000) throws {
      var task = BackgroundTask.sample(id, state: state, endedAt: now - ago)
      task.rawCommand = command
      task.endedBy = by
      try records.add(task)
    }
    try add(1, "make", .exited(code: 2))
    try add(2, "make", .exited(code: 0))
    try add(3, "npm test", .exited(code: 0))
    try add(4, "npm test", .timedOut(nil), by: .timeout)
    try add(5, "serve", .killed(.terminate), by: .kill)
    try add(6, "./a.out", .killed(.terminate))
    try add(7, "old", .exited(code: 1), ago: 90_000_000)
    #expect(try records.client().failedTasks().map(\.id.rawValue) == [4, 6])
  }

  @Test func `a task is run again with its flags in its directory, if that is there`() throws {
    var task = BackgroundTask.sample(1, name: "e2e", timeoutMilliseconds: 90_000)
    task.rawDirectory = RawText(records.directory.path)
    let relaunch = try Relaunch(of: task)
    #expect(relaunch.command == task.rawCommand)
    let words = relaunch.flags.map { String(decoding: $0, as: UTF8.self) }
    #expect(words.prefix(2) == ["--directory", records.directory.path])
    #expect(words.contains("e2e") && words.contains("90000ms"))
    let gone = records.directory.path + "/gone"
    task.rawDirectory = RawText(gone)
    let failure = #expect(throws: OperationFailure.self) { try Relaunch(of: task) }
    #expect(failure?.description == "@1: cannot run it again: its directory '\(gone)' is gone")
  }

  @Test func `that a supervisor does not answer is said, and a task is ended without it`() throws {
    let id = SessionID.test("3-3")
    let session = records.directory.session(id)
    try #require(mkdir(session.path, 0o700) == 0)
    let lock = try #require(try session.takeLock())
    let socket = try Listener.socket(named: SessionDirectory.controlName, inDirectory: session.path)
    defer { for descriptor in [lock, socket] { try? descriptor.close() } }
    let sleep = try PipedProgram(Command("sleep", ["1234"]))
    var task = BackgroundTask.sample(1, session: id.rawValue)
    let process = try #require(ProcessSighting.of(sleep.processID).state)
    (task.processID, task.processStartTicks, task.bootID) = (sleep.processID, process.startTicks, Boot.identifier)
    try records.add(task)
    var patience = TaskClient.Patience()
    (patience.answerRemarkMilliseconds, patience.answerMilliseconds) = (1, 2)
    (patience.settleRemarkMilliseconds, patience.settleMilliseconds) = (1, 2)
    var remarks: [Remark] = []
    let client = try TaskClient(in: records.directory, session: id, patience: patience) { remarks.append($0) }
    #expect(client.session == id && remarks == [.supervisorSilent])
    let report = SignalDelivery(nil, by: client).deliver(to: [task])
    #expect(report.failures.isEmpty)
    #expect(remarks == [.supervisorSilent, .supervisorSilent, .signalledDirectly(.timedOut, isEnd: true)])
    #expect(try sleep.ending() == .killed(signal: SIGTERM))
    let failures = SignalDelivery(.hangUp, by: client).deliver(to: [task]).failures.map(\.description)
    #expect(failures == ["@1: the supervisor of this session does not answer; 'bgsh doctor' says more"])
  }

  @Test func `a task that has ended gets no signal`() throws {
    let task = try records.add(.sample(1, state: .exited(code: 3)))
    let report = SignalDelivery(Signal(rawValue: 0), by: try records.client()).deliver(to: [task])
    #expect(report.failures.map(\.description) == ["@1 has already ended with status 3"])
    #expect(report.json.text == #"[{"id":1,"done":false,"error":"@1 has already ended with status 3"}]"#)
  }
}
