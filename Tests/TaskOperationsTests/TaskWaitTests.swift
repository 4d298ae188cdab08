import Connections
import Glibc
import Notices
import ProcessControl
import Records
import StateFiles
import SystemPackage
import TaskOperations
import TaskSamples
import Tasks
import Testing

/// The process of the tests: a task that is on record with it lives.
enum ProcessID {
  static let own = getpid()
}

extension BackgroundTask {
  /// A task that lives as long as the test.
  static func living(_ id: Int64, state: TaskState.Live = .running) -> BackgroundTask {
    var task = BackgroundTask.sample(id, state: .live(state))
    task.processID = ProcessID.own
    task.processStartTicks = ProcessSighting.of(ProcessID.own).state?.startTicks
    task.bootID = Boot.identifier
    return task
  }
}

struct TaskWaitTests {
  let records: RecordsOnDisk

  init() throws { records = try RecordsOnDisk() }

  private func wait(for tasks: [BackgroundTask], isForAny: Bool = false) throws -> TaskWait {
    try TaskWait(for: tasks, isForAny: isForAny, by: try records.client(), on: try TaskWatch.makeLoop())
  }

  @Test func `tasks that have ended are not waited for`() throws {
    let tasks = try [
      records.add(.sample(1, state: .exited(code: 3), endedAt: 7)), records.add(.sample(2, state: .lost, endedAt: 6)),
    ]
    let wait = try wait(for: tasks)
    #expect(try wait.run(until: nil) { _ in })
    #expect(wait[TaskID(rawValue: 1)]?.shellStatus == 3)
    #expect(wait.firstEnded == TaskID(rawValue: 2))
    #expect(wait.waitingForInput.isEmpty)
  }

  @Test func `a wait for nothing is over`() throws {
    #expect(try wait(for: []).run(until: nil) { _ in })
  }

  @Test func `a task that lives is waited for until the deadline`() throws {
    let wait = try wait(for: [records.add(.living(1)), records.add(.sample(2, state: .exited(code: 0)))])
    #expect(try !wait.run(until: .now) { _ in })
    #expect(wait.takeEnded().isEmpty && !wait.isOver)
  }

  @Test func `one that has ended is enough for a wait for any`() throws {
    let wait = try wait(
      for: [records.add(.living(1)), records.add(.sample(2, state: .exited(code: 4)))], isForAny: true)
    #expect(try wait.run(until: nil) { _ in })
    #expect(wait.firstEnded == TaskID(rawValue: 2))
  }

  @Test func `a task that waits for input ends the wait, and is named`() throws {
    let wait = try wait(for: [records.add(.living(1, state: .waitingForInput))])
    #expect(wait.takeEnded().isEmpty && wait.isOver)
    #expect(wait.waitingForInput == [TaskID(rawValue: 1)])
  }

  @Test func `a task whose process and supervisor are gone is lost, without a wait`() throws {
    let client = try records.client()
    let task = try records.add(.sample(1))
    let wait = try TaskWait(for: [task], isForAny: false, by: client, on: try TaskWatch.makeLoop())
    #expect(try wait.run(until: nil) { _ in })
    #expect(wait[task.id]?.state == .lost)
    #expect(try client.task(task.id)?.state == .lost)
  }

  /// It answers in lines, as supervisors of before the frames did.
  @Test func `a supervisor of another version is told of, and its tasks are waited for without it`() throws {
    let task = try records.add(.living(1))
    let session = records.directory.session(task.session)
    try #require(mkdir(session.path, 0o700) == 0)
    let lock = try #require(try session.takeLock())
    var remarks: [Remark] = []
    let client = try TaskClient(in: records.directory, session: nil) { remarks.append($0) }
    let loop = try TaskWatch.makeLoop()
    let listener = Listener(
      try Listener.socket(named: SessionDirectory.controlName, inDirectory: session.path), in: loop, users: [geteuid()]
    ) { descriptor, _ in
      _ = try? descriptor.readSome()
      descriptor.show("done\t1\n")
      try? descriptor.close()
    }
    listener.listen()
    let watch = try TaskWatch([task], by: client, on: loop)
    #expect(watch.isSupervised(task.id))
    while watch.isSupervised(task.id) { try watch.turn(until: nil) }
    #expect(remarks == [.supervisorOfOtherVersion(name: nil)])
    #expect(remarks[0].description.contains("of another version (an older bgsh"))
    #expect(watch[task.id]?.state == .running)
    try lock.close()
  }

  @Test func `a watch takes more tasks, and tells when it wants to be called`() throws {
    let watch = try TaskWatch([], by: try records.client(), on: try TaskWatch.makeLoop())
    #expect(watch.nextDeadline == nil)
    let task = try records.add(.living(1))
    try watch.add([task, task])
    #expect(watch[task.id]?.state == .running && !watch.isSupervised(task.id))
    #expect(watch.nextDeadline != nil)
    _ = try records.store.finish(task.id, as: .exited(code: 5), durationMilliseconds: 1, notifying: nil)
    #expect(watch.takeChanges().isEmpty)
    while watch.takeChanges().isEmpty { try watch.turn(until: nil) }
    #expect(watch[task.id]?.shellStatus == 5)
  }
}
