import CProcess
import Glibc
import Notices
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import TaskSamples
import Tasks
import TestSupport
import Testing

@testable import Records

struct TaskStoreTests {
  let scratch = ScratchDirectory()

  static let full = BackgroundTask(
    id: TaskID(rawValue: 12), session: .test("17-4"), name: try? TaskName("e2e"), command: "npm run\n\u{1b}e2e 'ä'",
    description: "what for", workingDirectory: "/home/ü", state: .timedOut(.exited(code: 3)), endedBy: .timeout,
    processID: 4242, processStartTicks: 987_654_321, bootID: "boot", attempt: 2,
    queuedAt: Timestamp(milliseconds: 1), startedAt: Timestamp(milliseconds: 2), endedAt: Timestamp(milliseconds: 3),
    durationMilliseconds: 4, timeoutMilliseconds: 5, killAfterMilliseconds: 6, isQuiet: true,
    output: .init(path: "/o", bytes: 7, droppedBytes: 8, stderrPath: "/e"),
    usage: ResourceUsage(userMilliseconds: 9, systemMilliseconds: 10, peakMemoryKiB: 11))

  @Test func `every field of a record comes back`() throws {
    let store = try scratch.store()
    try store.insert(Self.full)
    #expect(try store.task(Self.full.id) == Self.full)
    #expect(try scratch.store().task(Self.full.id) == Self.full)
    #expect(try store.task(TaskID(rawValue: 13)) == nil)
  }

  @Test func `a command and a directory come back byte for byte`() throws {
    let store = try scratch.store()
    var task = BackgroundTask.sample(1)
    task.rawCommand = RawText([0x72, 0x6d, 0x20, 0xe9, 0x0a, 0xff])
    task.rawDirectory = RawText([0x2f, 0xe9])
    task.output.overwrittenBytes = [.output: 7, .error: 9]
    try store.insert(task)
    #expect(try store.task(task.id) == task)
    #expect(try store.task(task.id)?.command == "rm \u{FFFD}\n\u{FFFD}")
  }

  @Test func `fields that do not apply stay empty`() throws {
    let store = try scratch.store()
    let task = BackgroundTask.sample(1, state: .queued)
    try store.insert(task)
    #expect(try store.task(task.id) == task)
  }

  @Test(
    arguments: [
      .queued, .running, .paused, .waitingForInput, .exited(code: 255), .killed(.kill), .timedOut(nil),
      .timedOut(.killed(.kill)), .skipped, .lost,
    ] as [TaskState])
  func `every state comes back`(_ state: TaskState) throws {
    let store = try scratch.store()
    try store.insert(.sample(1, state: state))
    #expect(try store.task(TaskID(rawValue: 1))?.state == state)
  }

  @Test func `a command with NUL or without anything is kept`() throws {
    let store = try scratch.store()
    for (id, command) in [(1, ""), (2, "a\0b"), (3, String(repeating: "x", count: 1_000_000))] {
      try store.insert(.sample(Int64(id), command: command))
      #expect(try store.task(TaskID(rawValue: Int64(id)))?.command == command)
    }
  }

  @Test func `files are for their user only`() throws {
    let store = try scratch.store()
    _ = try store.reserveTaskIDs(1)
    for suffix in ["", "-wal", "-shm"] {
      var information = stat()
      #expect(stat(scratch.databasePath + suffix, &information) == 0)
      #expect(information.st_mode & 0o777 == 0o600)
    }
  }

  // MARK: Ids

  @Test func `ids count up and are never handed out twice`() throws {
    let one = try scratch.store()
    let two = try scratch.store()
    #expect(try one.reserveTaskIDs(1) == [TaskID(rawValue: 1)])
    #expect(try two.reserveTaskIDs(1) == [TaskID(rawValue: 2)])
    #expect(try one.reserveTaskIDs(1) == [TaskID(rawValue: 3)])
    #expect(try scratch.store().reserveTaskIDs(1) == [TaskID(rawValue: 4)])
  }

  @Test func `an unused id that is returned is handed out again once no later one is out`() throws {
    let store = try scratch.store()
    let session = SessionID.test("1-1")
    let ids = try store.reserveTaskIDs(3, for: session)
    #expect(try store.reservedTaskIDs(of: session) == ids)
    try store.returnReservedTaskIDs([ids[0]])
    try store.returnReservedTaskIDs([ids[1]])
    #expect(try store.reservedTaskIDs(of: session) == [ids[2]])
    #expect(try store.reserveTaskIDs(1) == [TaskID(rawValue: 4)])
    #expect(try store.connection.run("UPDATE sequence SET value = 3 WHERE name = 'task'") == 1)
    for _ in 0..<2 { try store.returnReservedTaskIDs([ids[2]]) }
    #expect(try store.reserveTaskIDs(1, for: session) == [ids[0]])
    try store.insert(.sample(1))
    try store.returnReservedTaskIDs([ids[0]])
    #expect(try store.reserveTaskIDs(1, for: session) == [TaskID(rawValue: 2)])
  }

  @Test func `a supervisor keeps what the next one needs`() throws {
    let store = try scratch.store()
    let task = BackgroundTask.sample(1, session: "1-1")
    var supervision = TaskStore.Supervision(startedInstant: MonotonicInstant(nanoseconds: 5))
    _ = try store.reserveTaskIDs(1, for: task.session)
    try store.insert(task, startedInstant: MonotonicInstant(nanoseconds: 5))
    #expect(try store.reservedTaskIDs(of: task.session) == [])
    #expect(try store.supervisedTasks(of: task.session) == [.init(task: task, supervision: supervision)])
    let usage = ResourceUsage(userMilliseconds: 1, systemMilliseconds: 2, peakMemoryKiB: 3)
    supervision.pausedMilliseconds = 6
    supervision.pausedSince = MonotonicInstant(nanoseconds: 7)
    supervision.endedBy = .kill
    supervision.leaderEnd = .init(ReapedChild(processID: 8, rawStatus: 9, usage: usage))
    try store.keep(supervision, of: task.id)
    #expect(try store.supervisedTasks(of: task.session) == [.init(task: task, supervision: supervision)])
    _ = try store.finish(task.id, as: .killed(.kill), durationMilliseconds: 1, notifying: nil)
    #expect(try store.supervisedTasks(of: task.session) == [])
    #expect(try store.connection.integer("SELECT count(*) FROM supervision") == 0)
  }

  // MARK: States

  @Test func `a task has exactly one final state`() throws {
    let store = try scratch.store()
    let id = TaskID(rawValue: 1)
    try store.insert(.sample(1))
    #expect(try store.update(state: .waitingForInput, of: id))
    #expect(try !store.update(state: .waitingForInput, of: id), "that is no change")
    #expect(
      try store.finish(
        id, as: .exited(code: 1), at: Timestamp(milliseconds: 5), durationMilliseconds: 4,
        output: .init(path: "", bytes: 99, droppedBytes: 1),
        usage: ResourceUsage(userMilliseconds: 1, systemMilliseconds: 2, peakMemoryKiB: 3), notifying: .failed)
        == .recorded)
    #expect(
      try store.finish(id, as: .killed(.kill), endedBy: .kill, durationMilliseconds: 9, notifying: .killed)
        == .alreadyEnded(.exited(code: 1)))
    #expect(try !store.update(state: .running, of: id))
    let task = try #require(try store.task(id))
    #expect(task.state == .exited(code: 1))
    #expect(task.endedBy == nil)
    #expect(task.durationMilliseconds == 4)
    #expect(task.endedAt == Timestamp(milliseconds: 5))
    #expect(task.output == .init(path: "/tmp/output/1/output", bytes: 99, droppedBytes: 1))
    #expect(task.usage == ResourceUsage(userMilliseconds: 1, systemMilliseconds: 2, peakMemoryKiB: 3))
    #expect(try store.notifications(of: id).map(\.event) == [.failed])
  }

  @Test func `a task that there is not can neither end nor change`() throws {
    let store = try scratch.store()
    let id = TaskID(rawValue: 5)
    #expect(try store.finish(id, as: .lost, durationMilliseconds: nil, notifying: .lost) == .noSuchTask)
    #expect(try !store.update(state: .paused, of: id))
    try store.addNotification(.lost, task: id)
    #expect(try store.notificationHistory(limit: 9) == [])
  }

  @Test func `a quiet end leaves no notification`() throws {
    let store = try scratch.store()
    try store.insert(.sample(1))
    let result = try store.finish(
      TaskID(rawValue: 1), as: .exited(code: 0), durationMilliseconds: 1, notifying: nil)
    #expect(result == .recorded)
    #expect(try store.notificationHistory(limit: 9) == [])
  }

  // MARK: Reading

  @Test func `references find the newest of the session, else of the user`() throws {
    let store = try scratch.store()
    let tests = try TaskReference("@tests")
    #expect(try store.task(for: tests, in: .test("1-1")) == nil)
    #expect(try store.task(for: .newest, in: .test("1-1")) == nil)
    try store.insert(.sample(1, session: "1-1", name: "tests"))
    try store.insert(.sample(2, session: "1-1", name: "tests", state: .exited(code: 0)))
    try store.insert(.sample(3, session: "2-2", name: "tests"))
    try store.insert(.sample(4, session: "1-1"))
    #expect(try store.task(for: tests, in: .test("1-1"))?.id.rawValue == 2)
    #expect(try store.task(for: tests, in: .test("2-2"))?.id.rawValue == 3)
    #expect(try store.task(for: tests, in: .test("9-9"))?.id.rawValue == 3)
    #expect(try store.task(for: tests, in: nil)?.id.rawValue == 3)
    #expect(try store.task(for: .newest, in: .test("1-1"))?.id.rawValue == 4)
    #expect(try store.task(for: .newest, in: .test("9-9")) == nil)
    #expect(try store.task(for: .newest, in: nil) == nil)
    #expect(try store.task(for: TaskReference("@3"), in: .test("1-1"))?.id.rawValue == 3)
    #expect(try store.task(for: TaskReference("@0"), in: nil) == nil)
  }

  @Test func `the newest task of the user is found whatever its state`() throws {
    let store = try scratch.store()
    #expect(try store.newestTask() == nil)
    try store.insert(.sample(1, session: "1-1"))
    try store.insert(.sample(2, session: "2-2", state: .exited(code: 0), endedAt: 1))
    #expect(try store.newestTask()?.id.rawValue == 2)
  }

  @Test(arguments: [0, 1, 3, Limits.idsPerQuery, Limits.idsPerQuery * 2 + 1])
  func `many tasks are read at once`(_ count: Int) throws {
    let store = try scratch.store()
    try store.connection.write { () throws(StoreError) in
      for id in 0..<count { try store.insert(.sample(Int64(id + 1))) }
    }
    let ids = (0..<count).map { TaskID(rawValue: Int64($0 + 1)) }
    #expect(try store.tasks(ids + [TaskID(rawValue: 99_999)]).map(\.id).sorted() == ids)
  }

  @Test func `a list has what the query means`() throws {
    let store = try scratch.store()
    try store.insert(.sample(1, session: "1-1"))
    try store.insert(.sample(2, session: "1-1", state: .exited(code: 0), endedAt: 100))
    try store.insert(.sample(3, session: "2-2", state: .paused))
    try store.insert(.sample(4, session: "2-2", state: .killed(.kill), endedAt: 200))
    try store.insert(.sample(5, session: "1-1", state: .waitingForInput))
    func ids(_ query: TaskQuery) throws -> [Int64] { try store.tasks(matching: query).map(\.id.rawValue) }
    let since = Timestamp(milliseconds: 150)
    #expect(try store.liveTasks().map(\.id.rawValue) == [1, 3, 5])
    #expect(try store.liveTasks(session: .test("1-1")).map(\.id.rawValue) == [1, 5])
    #expect(try store.runningCount(.test("1-1")) == 2)
    #expect(try store.runningCount(.test("9-9")) == 0)
    #expect(try ids(TaskQuery(endedSince: since)) == [1, 3, 4, 5])
    #expect(try ids(TaskQuery(endedSince: Timestamp(milliseconds: 100), includesLive: false)) == [2, 4])
    #expect(try ids(TaskQuery(session: .test("1-1"), endedSince: Timestamp(milliseconds: 0))) == [1, 2, 5])
    #expect(try ids(TaskQuery(states: ["paused", "killed"], endedSince: Timestamp(milliseconds: 0))) == [3, 4])
    #expect(try ids(TaskQuery(states: [])) == [])
    #expect(try ids(TaskQuery(endedSince: Timestamp(milliseconds: 0), limit: 2)) == [4, 5])
    #expect(try ids(TaskQuery(includesLive: false)) == [])
  }

  @Test func `a session comes back, and ends once`() throws {
    let store = try scratch.store()
    var session = Session(
      id: .test("5-5"), kind: .script, shellProcessID: 5, shellStartTicks: 6, bootID: "b", terminal: "/dev/pts/1",
      startedAt: Timestamp(milliseconds: 7))
    try store.openSession(session)
    #expect(try store.session(session.id) == session)
    #expect(try store.openSessions() == [session])
    try store.markShellEnded(session.id, at: Timestamp(milliseconds: 8))
    try store.markShellEnded(session.id, at: Timestamp(milliseconds: 9))
    session.endedAt = Timestamp(milliseconds: 8)
    #expect(try store.session(session.id) == session)
    #expect(try store.openSessions() == [])
  }

  @Test func `a new supervisor carries a session on`() throws {
    let store = try scratch.store()
    let session = Session.past("5-5", kind: .interactive)
    try store.openSession(session)
    try store.openSession(Session(id: .test("5-5"), kind: .interactive, shellProcessID: getpid()))
    let reopened = try #require(try store.session(.test("5-5")))
    #expect(reopened.startedAt == session.startedAt)
    #expect(reopened.shellProcessID == getpid())
    #expect(reopened.hasShell)
    #expect(!session.hasShell)
  }

  @Test func `the record of a session goes with its last task, once it is over`() throws {
    let store = try scratch.store()
    func tasks(_ ids: Int64...) -> [TaskID] { ids.map { TaskID(rawValue: $0) } }
    for (id, endedAt) in [("1-1", 5), ("2-2", nil)] as [(String, Int64?)] {
      try store.openSession(.past(id, kind: .script, endedAt: endedAt))
    }
    for (id, session) in [(1, "1-1"), (2, "1-1"), (3, "2-2")] as [(Int64, String)] {
      try store.insert(.sample(id, session: session))
    }
    try store.dropIfEmpty(.test("1-1"))
    for id in tasks(1, 2, 3) {
      _ = try store.finish(id, as: .exited(code: 0), durationMilliseconds: 1, notifying: .done)
    }
    #expect(try store.drop(tasks(1, 3)) == 2)
    #expect(try store.session(.test("1-1")) != nil)
    #expect(try store.session(.test("2-2")) != nil, "it may launch more")
    #expect(try store.drop(tasks(2)) == 1)
    #expect(try store.session(.test("1-1")) == nil)
  }

  // MARK: Notifications

  /// Three ended tasks: @1 and @2 of session 1-1, @3 of 2-2.
  func storeWithNotifications() throws(StoreError) -> TaskStore {
    let store = try scratch.store()
    for (id, session) in [(1, "1-1"), (2, "1-1"), (3, "2-2")] as [(Int64, String)] {
      try store.insert(.sample(id, session: session))
      _ = try store.finish(
        TaskID(rawValue: id), as: .exited(code: 0), at: Timestamp(milliseconds: id), durationMilliseconds: 1,
        notifying: .done)
    }
    return store
  }

  @Test func `what is due to a session is due to no other`() throws {
    let store = try storeWithNotifications()
    let due = try store.dueNotifications(for: .test("1-1"))
    #expect(due.map(\.taskID.rawValue) == [1, 2])
    #expect(due.map(\.at.milliseconds) == [1, 2])
    #expect(due.allSatisfy { $0.event == .done && $0.deliveredAt == nil && $0.session == .test("1-1") })
    #expect(try store.dueNotifications(for: .test("2-2")).map(\.taskID.rawValue) == [3])
    #expect(try store.dueNotices(for: .test("2-2")).map(\.task.state) == [.exited(code: 0)])
  }

  @Test func `what is due about some tasks is due to their session only`() throws {
    let store = try storeWithNotifications()
    let all = (1...3).map { TaskID(rawValue: $0) }
    #expect(try store.dueNotices(of: [], for: .test("1-1")) == [])
    #expect(try store.dueNotices(of: [all[1]], for: .test("1-1")).map(\.task.id) == [all[1]])
    #expect(try store.dueNotices(of: all.reversed(), for: .test("1-1")).map(\.task.id) == [all[0], all[1]])
    let ids = try store.dueNotifications(for: .test("1-1")).map(\.id)
    try store.acknowledge([ids[0]], by: .test("1-1"))
    #expect(try store.dueNotices(of: all, for: .test("1-1")).map(\.task.id) == [all[1]])
  }

  @Test func `a notification is acknowledged once`() throws {
    let store = try storeWithNotifications()
    let other = try scratch.store()
    let ids = try store.dueNotifications(for: .test("1-1")).map(\.id)
    #expect(try store.acknowledge([], by: .test("1-1")) == [])
    #expect(try store.acknowledge([ids[0], 999], by: .test("1-1"), at: Timestamp(milliseconds: 50)) == [ids[0]])
    #expect(try other.acknowledge(ids, by: .test("2-2"), at: Timestamp(milliseconds: 60)) == [ids[1]])
    #expect(try store.acknowledge(ids, by: .test("1-1")) == [])
    #expect(try store.dueNotifications(for: .test("1-1")) == [])
    #expect(try store.notificationHistory(limit: 9).map(\.deliveredAt?.milliseconds) == [50, 60, nil])
    #expect(try store.notificationHistory(limit: 1).map(\.taskID.rawValue) == [3])
  }

  private func sessions(
    _ sessions: [(id: String, kind: Session.Kind, origin: String?, endedAt: Int64?)], in store: TaskStore
  ) throws {
    for (index, session) in sessions.enumerated() {
      var row = Session.past(session.id, kind: session.kind)
      row.origin = session.origin.map { .test($0) }
      try store.openSession(row)
      try store.insert(.sample(Int64(index + 1), session: session.id))
      try store.addNotification(.done, task: TaskID(rawValue: Int64(index + 1)))
      if let endedAt = session.endedAt {
        try store.markShellEnded(.test(session.id), at: Timestamp(milliseconds: endedAt))
      }
    }
  }

  private func waiting(_ store: TaskStore, for reader: String?) throws -> (own: [String], left: [String]) {
    let waiting = try store.waitingSessions(for: reader.map { .test($0) })
    return (waiting.own.map(\.rawValue), waiting.left.map(\.rawValue))
  }

  @Test func `what a session that is over left unshown is every interactive session's to tell`() throws {
    let store = try scratch.store()
    try sessions(
      [
        ("1-1", .interactive, nil, 5), ("2-2", .interactive, nil, nil), ("3-3", .script, nil, 5),
        ("4-4", .interactive, nil, nil), ("5-5", .script, nil, nil), ("6-6", .silent, nil, 5),
      ], in: store)
    #expect(try waiting(store, for: "4-4") == (["4-4"], ["1-1", "3-3"]))
    #expect(try waiting(store, for: "2-2") == (["2-2"], ["1-1", "3-3"]))
    #expect(try waiting(store, for: "5-5") == (["5-5"], []), "a script tells of its own tasks only")
    #expect(try waiting(store, for: nil) == ([], ["1-1", "3-3"]))
    let all = (1...6).map { TaskID(rawValue: $0) }
    #expect(try store.dueNotices(of: all, for: .test("4-4")).map(\.task.id.rawValue) == [1, 3, 4])
    #expect(try store.dueNotices(of: [], for: .test("4-4")) == [])
    let notices = try store.dueNotices(of: [.test("1-1"), .test("3-3")])
    #expect(notices.map(\.task.id.rawValue) == [1, 3])
    #expect(try store.dueNotices(of: [.test("1-1"), .test("3-3")], limit: 1).map(\.task.id.rawValue) == [1])
    try store.acknowledge(notices.map(\.notification.id), by: .test("4-4"))
    #expect(try waiting(store, for: "2-2") == (["2-2"], []))
    #expect(try store.dueNotices(for: .test("6-6")).map(\.task.id.rawValue) == [6], "who asks is told")
    #expect(try store.untold([all[4], all[5]]) == [all[4]])
  }

  @Test func `of a script the interactive session tells that it ran in, for as long as that lives`() throws {
    let store = try scratch.store()
    try sessions(
      [
        ("1-1", .interactive, nil, nil), ("2-2", .script, "1-1", 5), ("3-3", .script, "2-2", 5),
        ("4-4", .script, "1-1", nil), ("5-5", .interactive, "1-1", nil), ("6-6", .script, "9-9", 5),
      ], in: store)
    #expect(try waiting(store, for: "1-1") == (["1-1", "2-2", "3-3"], ["6-6"]))
    #expect(try waiting(store, for: "5-5") == (["5-5"], ["6-6"]))
    #expect(try store.dueNotices(for: .test("1-1")).map(\.task.id.rawValue) == [1, 2, 3, 6])
    try store.markShellEnded(.test("1-1"))
    #expect(try waiting(store, for: "5-5") == (["5-5"], ["1-1", "2-2", "3-3", "6-6"]))
  }

  @Test func `a session that takes the place of another tells what that had to tell`() throws {
    let store = try scratch.store()
    func open(_ id: String, shell: Int32, bash: Int32, origin: String? = nil, kind: Session.Kind = .interactive) throws
    {
      try store.openSession(
        Session(
          id: .test(id), kind: kind, shellProcessID: shell, shellStartTicks: 1, bootID: "boot", bashProcessID: bash,
          origin: origin.map { .test($0) }))
      let task = TaskID(rawValue: Int64(shell))
      try store.insert(.sample(task.rawValue, session: id))
      try store.addNotification(.done, task: task)
    }
    try open("1-1", shell: 10, bash: 11)
    try open("2-2", shell: 20, bash: 21, origin: "1-1", kind: .script)
    try store.markShellEnded(.test("2-2"))
    // Started in the first one, and as its bash.
    try open("3-3", shell: 30, bash: 31, origin: "1-1")
    #expect(try waiting(store, for: "3-3") == (["3-3"], []))
    try open("4-4", shell: 11, bash: 41, origin: "1-1")
    #expect(try waiting(store, for: "4-4") == (["1-1", "2-2", "4-4"], []))
    #expect(try waiting(store, for: "3-3") == (["3-3"], []))
    try open("5-5", shell: 41, bash: 51, origin: "4-4")
    #expect(try waiting(store, for: "5-5") == (["1-1", "2-2", "4-4", "5-5"], []))
    try open("6-6", shell: 51, bash: 61, origin: "5-5", kind: .script)
    #expect(try waiting(store, for: "3-3") == (["3-3"], ["1-1", "2-2", "4-4", "5-5"]))
  }

  @Test func `a new supervisor changes nothing about who tells`() throws {
    let store = try scratch.store()
    try sessions([("1-1", .interactive, nil, nil), ("2-2", .script, "1-1", nil)], in: store)
    try store.openSession(Session(id: .test("2-2"), kind: .script, shellProcessID: 1))
    try store.markShellEnded(.test("2-2"))
    #expect(try waiting(store, for: "1-1") == (["1-1", "2-2"], []))
  }

  // MARK: Keeping

  @Test func `of what nobody has been told only the output goes`() throws {
    let store = try storeWithNotifications()
    for id in [1, 2, 3] as [Int64] {
      try store.update(output: .init(path: "", bytes: 102_400), of: TaskID(rawValue: id))
    }
    let rule = try KeepRule("1d,150K")
    func dropped() throws -> [Int64] {
      try store.tasks(notKeptBy: rule, now: Timestamp(milliseconds: 5), limit: 9).map(\.id.rawValue)
    }
    #expect(try dropped() == [1, 2])
    let ids = [TaskID(rawValue: 1), TaskID(rawValue: 2)]
    #expect(try store.untold(ids) == Set(ids))
    try store.acknowledge(try store.notifications(of: ids[1]).map(\.id), by: nil)
    #expect(try store.untold(ids) == [ids[0]])
    try store.noteOutputRemoved(of: [ids[0]])
    #expect(try store.keptBytes() == 204_800)
    #expect(try dropped() == [2], "the first one has nothing more to give")
    let old = try KeepRule("1ms")
    #expect(
      try store.tasks(notKeptBy: old, now: Timestamp(milliseconds: 50), limit: 9).map(\.id.rawValue) == [2])
    #expect(try store.untoldCount(before: Timestamp(milliseconds: 3)) == 1)
    #expect(try store.untoldCount(before: Timestamp(milliseconds: 4)) == 2)
    #expect(try store.endedIDs(before: Timestamp(milliseconds: .max), untold: false).map(\.rawValue) == [2])
    #expect(try store.endedIDs(before: Timestamp(milliseconds: .max), untold: true).map(\.rawValue) == [1, 2, 3])
    try store.acknowledge(try store.notifications(of: ids[0]).map(\.id), by: nil)
    #expect(
      try store.tasks(notKeptBy: old, now: Timestamp(milliseconds: 50), limit: 9).map(\.id.rawValue) == [1, 2])
  }

  @Test func `a notification whose task was dropped is left out`() throws {
    let store = try storeWithNotifications()
    try store.connection.run("DELETE FROM tasks WHERE id = 1")
    #expect(try store.dueNotices(for: .test("1-1")).map(\.task.id.rawValue) == [2])
  }

  // MARK: Reconciling

  @Test func `a task whose process lives goes on, one whose process is gone is lost once`() throws {
    let store = try scratch.store()
    try store.openSession(.past("1-1"))
    let ticks = try #require(ProcessSighting.of(getpid()).state?.startTicks)
    var living = BackgroundTask.sample(1)
    (living.processID, living.processStartTicks, living.bootID) = (getpid(), ticks, Boot.identifier)
    var stranger = living.renumbered(2)
    stranger.processStartTicks = ticks + 1
    var beforeBoot = living.renumbered(3)
    beforeBoot.bootID = "another boot"
    let neverStarted = BackgroundTask.sample(4, state: .queued)
    let ended = BackgroundTask.sample(5, state: .exited(code: 0))
    for task in [living, stranger, beforeBoot, neverStarted, ended] { try store.insert(task) }

    #expect(try store.reconcile { _ in true } == [])
    let now = Timestamp(milliseconds: 77)
    #expect(try store.reconcile(at: now) { _ in false }.map(\.rawValue) == [2, 3, 4])
    #expect(try store.reconcile { _ in false } == [])
    #expect(try store.task(living.id) == living)
    #expect(try store.task(ended.id) == ended)
    let lost = try #require(try store.task(stranger.id))
    #expect(lost.state == .lost)
    #expect(lost.endedAt == now)
    #expect(lost.durationMilliseconds == nil)
    #expect(try store.notificationHistory(limit: 9).map(\.event) == [.lost, .lost, .lost])
    #expect(try store.session(.test("1-1"))?.endedAt == now)
  }

  @Test func `a session whose shell lives is not over without its supervisor, but its ended tasks are lost`() throws {
    let store = try scratch.store()
    try store.openSession(Session(id: .test("1-1"), kind: .interactive, shellProcessID: getpid()))
    let ticks = try #require(ProcessSighting.of(getpid()).state?.startTicks)
    var living = BackgroundTask.sample(1)
    (living.processID, living.processStartTicks, living.bootID) = (getpid(), ticks, Boot.identifier)
    try store.insert(living)
    try store.insert(.sample(2))
    #expect(try store.reconcile { _ in true } == [])
    #expect(try store.reconcile { _ in false }.map(\.rawValue) == [2])
    #expect(try store.task(living.id) == living)
    #expect(try store.task(TaskID(rawValue: 2))?.state == .lost)
    #expect(try store.session(.test("1-1"))?.endedAt == nil)
    // They are announced by that shell, not by the next one.
    #expect(try store.dueNotifications(for: .test("1-1")).map(\.event) == [.lost])
    #expect(try waiting(store, for: nil) == ([], []))
  }

  @Test func `a task is not lost while its shell is about to replace the supervisor`() throws {
    let store = try scratch.store()
    try store.openSession(Session(id: .test("1-1"), kind: .interactive, shellProcessID: getpid()))
    try store.openSession(.past("2-2"))
    try store.insert(.sample(1))
    try store.insert(.sample(2, session: "2-2"))
    #expect(try store.reconcile(isAlive: { _ in false }, expectsSupervisor: { _ in true }).map(\.rawValue) == [2])
    #expect(try store.task(TaskID(rawValue: 1))?.state.isFinal == false)
  }

  @Test func `a process is known by its ID, start and boot`() throws {
    let ticks = try #require(ProcessSighting.of(getpid()).state?.startTicks)
    #expect(Boot.hasProcess(getpid(), startTicks: ticks, bootID: Boot.identifier))
    #expect(!Boot.hasProcess(getpid(), startTicks: ticks + 1, bootID: Boot.identifier))
    #expect(!Boot.hasProcess(getpid(), startTicks: ticks, bootID: "another boot"))
    #expect(!Boot.hasProcess(getpid(), startTicks: nil, bootID: Boot.identifier))
    #expect(!Boot.hasProcess(getpid(), startTicks: ticks, bootID: nil))
    // These would mean groups to kill(2).
    for id in [0, -1, -getpid()] { #expect(!Boot.hasProcess(id, startTicks: ticks, bootID: Boot.identifier)) }
    #expect(!Boot.hasProcess(.max, startTicks: ticks, bootID: Boot.identifier))
  }

  @Test func `what runs in another PID namespace is judged by who writes to its output, and by nothing else`() throws {
    let store = try scratch.store()
    try store.openSession(.past("1-1"))
    let kernel = try #require(Boot.identifier.split(separator: "/").first)
    var task = BackgroundTask.sample(1)
    (task.processID, task.processStartTicks, task.bootID) = (getpid(), 1, "\(kernel)/1")
    task.output.path = scratch.path + "/1"
    try store.insert(task)
    let writer = try FileDescriptor.opening(task.output.path, O_WRONLY | O_CREAT, mode: 0o600)
    #expect(!task.hasProcess && task.mayRun)
    #expect(try store.reconcile { _ in false } == [])
    try writer.close()
    try waitUntil("nobody has it open") { !task.mayRun }
    #expect(try store.reconcile { _ in false } == [task.id])
  }

  @Test func `a record of before PID namespaces were told apart means this one`() throws {
    let kernel = String(try #require(Boot.identifier.split(separator: "/").first))
    #expect(Boot.isCurrent(kernel) && !Boot.isElsewhere(kernel))
    #expect(Boot.isCurrent(Boot.identifier) && !Boot.isElsewhere(Boot.identifier))
    #expect(!Boot.isCurrent(kernel + "/1") && Boot.isElsewhere(kernel + "/1"))
    #expect(!Boot.isCurrent("another/1") && !Boot.isElsewhere("another/1"))
  }

  @Test func `a task of a session nobody recorded is reconciled too`() throws {
    let store = try scratch.store()
    try store.insert(.sample(1, session: "8-8"))
    #expect(try store.reconcile { _ in false }.map(\.rawValue) == [1])
  }

  @Test func `two that reconcile at once lose a task once`() throws {
    let one = try scratch.store()
    let two = try scratch.store()
    try one.insert(.sample(1))
    var nested: [TaskID] = []
    let first = try one.reconcile { _ in
      nested = (try? two.reconcile { _ in false }) ?? []
      return false
    }
    #expect(nested.map(\.rawValue) == [1])
    #expect(first == [])
    #expect(try one.notificationHistory(limit: 9).count == 1)
  }

  // MARK: The database

  @Test func `two stores write in turns`() throws {
    let one = try scratch.store()
    let two = try scratch.store()
    for id in Int64(1)...50 {
      try (id % 2 == 0 ? one : two).insert(.sample(id))
      let other = id % 2 == 0 ? two : one
      let result = try other.finish(
        TaskID(rawValue: id), as: .exited(code: 0), durationMilliseconds: 1, notifying: .done)
      #expect(result == .recorded)
    }
    #expect(try one.dueNotifications(for: .test("1-1")).count == 50)
    #expect(try two.runningCount(.test("1-1")) == 0)
  }

  @Test func `many make the database at once, and no id is handed out twice`() async throws {
    let path = scratch.databasePath
    let ids = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let store = try TaskStore(path: path)
          return try (0..<50).flatMap { _ in try store.reserveTaskIDs(1).map(\.rawValue) }
        }
      }
      return try await group.reduce(into: [Int64]()) { $0 += $1 }
    }
    #expect(Set(ids) == Set(1...400))
    #expect(ids.count == 400)
  }

  @Test func `the log is carried over on request, whoever reads`() throws {
    let store = try scratch.store()
    let reader = try scratch.store()
    try store.insert(.sample(1))
    let before = try Self.bytes(of: scratch.databasePath).count
    try reader.connection.read { () throws(StoreError) in
      #expect(try reader.liveTasks().count == 1)
      try store.insert(.sample(2, command: String(repeating: "x", count: 100_000)))
      try store.checkpoint()
      #expect(try reader.liveTasks().count == 1)
    }
    try store.checkpoint()
    #expect(try Self.bytes(of: scratch.databasePath).count > before)
    #expect(try reader.liveTasks().count == 2)
  }

  @Test func `a transaction that fails leaves nothing`() throws {
    let store = try scratch.store()
    try store.insert(.sample(1))
    #expect(throws: StoreError.self) {
      try store.connection.write { () throws(StoreError) in
        try store.connection.run("DELETE FROM tasks")
        try store.insert(.sample(2))
        try store.insert(.sample(2))
      }
    }
    #expect(try store.liveTasks().map(\.id.rawValue) == [1])
    try store.insert(.sample(2))
  }

  @Test func `a store that another keeps locked says so, and works afterwards`() throws {
    let one = try scratch.store()
    let two = try TaskStore(path: scratch.databasePath, busyMilliseconds: 0)
    try one.connection.write { () throws(StoreError) in
      try one.insert(.sample(1))
      #expect(throws: StoreError.busy) { try two.insert(.sample(2)) }
      #expect(throws: StoreError.busy) { try two.acknowledge([1], by: nil) }
      #expect(try two.liveTasks() == [])
    }
    try two.insert(.sample(2))
    #expect(try two.liveTasks().count == 2)
  }

  @Test func `a full disk and a read-only database are told apart`() throws {
    let store = try scratch.store()
    try store.connection.execute(script: "PRAGMA max_page_count=1")
    let large = String(repeating: "x", count: 1_000_000)
    #expect(throws: StoreError.full(path: scratch.databasePath)) { try store.insert(.sample(1, command: large)) }
    try store.connection.execute(script: "PRAGMA query_only=1")
    #expect(throws: StoreError.readOnly(path: scratch.databasePath)) { try store.insert(.sample(1)) }
    #expect(try store.liveTasks() == [])
  }

  @Test func `a newer database is refused and not touched`() throws {
    do {
      let store = try scratch.store()
      try store.insert(.sample(1))
      try store.connection.execute(script: "PRAGMA user_version=99")
    }
    let before = try Self.bytes(of: scratch.databasePath)
    let error = #expect(throws: StoreError.self) { try scratch.store() }
    #expect(error == .newerVersion(found: 99, known: Schema.version))
    #expect(try Self.bytes(of: scratch.databasePath) == before)
    #expect(
      error?.description
        == "the task database is of a newer bgsh (format 99, this one knows \(Schema.version)); use that bgsh, "
        + "or set BGSH_STATE_DIR to another directory")
  }

  @Test func `a damaged database is refused and not touched`() throws {
    let file = FileDescriptor(rawValue: try systemCall { bgsh_open(scratch.databasePath, O_RDWR | O_CREAT, 0o600) })
    let garbage = Array(repeating: "This is no database. ".utf8, count: 500).flatMap { $0 }
    try file.closeAfter { try file.writeWhole(garbage) }
    #expect(throws: StoreError.damaged(path: scratch.databasePath)) { try scratch.store() }
    #expect(try Self.bytes(of: scratch.databasePath) == garbage)
  }

  @Test func `a database that cannot be opened says why`() throws {
    let path = scratch.path + "/missing/tasks.db"
    let error = #expect(throws: StoreError.self) { try TaskStore(path: path) }
    #expect(error?.description == "cannot open the task database '\(path)': No such file or directory")
  }

  @Test func `the plans of frequent queries use an index for what is live`() throws {
    let store = try scratch.store()
    let queries = [
      ("SELECT 1 FROM tasks INDEXED BY tasks_live WHERE session = '1' AND ended_at IS NULL ORDER BY id", "tasks_live"),
      ("SELECT DISTINCT session FROM tasks INDEXED BY tasks_live WHERE ended_at IS NULL", "tasks_live"),
      ("SELECT 1 FROM tasks WHERE ended_at >= 5", "tasks_ended"),
      ("SELECT 1 FROM tasks WHERE session = '1' AND name = 'a' ORDER BY id DESC LIMIT 1", "tasks_named_in_session"),
      ("SELECT 1 FROM tasks WHERE name = 'a' ORDER BY id DESC LIMIT 1", "tasks_named"),
      ("SELECT 1 FROM notifications WHERE session = '1' AND delivered_at IS NULL ORDER BY id", "notifications_due"),
      ("SELECT 1 FROM sessions WHERE ended_at IS NULL", "sessions_open"),
    ]
    for (query, index) in queries {
      let plan = try store.connection.rows("EXPLAIN QUERY PLAN \(query)", values: []) { $0.text(3) }
      #expect(plan.contains { $0.contains(index) }, "\(query): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(query): \(plan)")
    }
  }

  private static func bytes(of path: String) throws(Errno) -> [UInt8] {
    let file = FileDescriptor(rawValue: try systemCall { bgsh_open(path, O_RDONLY, 0) })
    defer { try? file.close() }
    return try file.readToEnd()
  }
}

extension BackgroundTask {
  fileprivate func renumbered(_ id: Int64) -> BackgroundTask {
    var copy = BackgroundTask.sample(id)
    (copy.processID, copy.processStartTicks, copy.bootID) = (processID, processStartTicks, bootID)
    return copy
  }
}
