import Notices
import ProcessControl
import TaskSamples
import Tasks
import Testing

struct NoticeTests {
  static let now = Timestamp(milliseconds: 100_000)

  static func notice(
    _ state: TaskState, _ event: TaskNotification.Event, command: String, name: String? = nil,
    milliseconds: Int64? = nil, timeout: Int64? = nil, endedBy: EndedBy? = nil, id: Int64 = 7, at: Int64 = 88_000
  ) -> Notice {
    let task = BackgroundTask.sample(
      id, name: name, command: command, state: state, durationMilliseconds: milliseconds,
      timeoutMilliseconds: timeout, endedBy: endedBy)
    let notification = TaskNotification(
      id: id, taskID: task.id, session: task.session, event: event, at: Timestamp(milliseconds: at))
    return Notice(notification: notification, task: task)
  }

  static let headlines: [(Notice, String)] = [
    (notice(.exited(code: 0), .done, command: "npm test", milliseconds: 92_004), "[@7] done after 1m32s: npm test"),
    (
      notice(.exited(code: 1), .failed, command: "npm test", milliseconds: 92_004),
      "[@7] failed (exit 1) after 1m32s: npm test"
    ),
    (
      notice(.exited(code: 1), .failed, command: "npm test", name: "tests", milliseconds: 92_004),
      "[@7] failed (exit 1) after 1m32s: npm test (@tests)"
    ),
    (
      notice(.exited(code: 139), .failed, command: "./a.out", milliseconds: 3_000),
      "[@7] failed (exit 139, SIGSEGV) after 3s: ./a.out"
    ),
    (
      notice(.killed(.terminate), .killed, command: "./serve", milliseconds: 3_000, endedBy: .kill),
      "[@7] killed (SIGTERM, by kill) after 3s: ./serve"
    ),
    (
      notice(.killed(Signal(rawValue: 11)), .killed, command: "./serve", milliseconds: 3_000),
      "[@7] killed (SIGSEGV) after 3s: ./serve"
    ),
    (
      notice(.killed(.kill), .killed, command: "yes", milliseconds: 400, endedBy: .disk),
      "[@7] killed (SIGKILL, by disk) after 0.4s: yes"
    ),
    (
      notice(
        .timedOut(.killed(.terminate)), .timedOut, command: "npm run e2e", milliseconds: 304_000, timeout: 300_000,
        endedBy: .timeout), "[@7] timed out after 5m: npm run e2e"
    ),
    (
      notice(.running, .timedOut, command: "sudo apt upgrade", timeout: 300_000),
      "[@7] timed out after 5m, but cannot be ended: sudo apt upgrade"
    ),
    (
      notice(
        .timedOut(.exited(code: 0)), .timedOut, command: "sudo apt upgrade", milliseconds: 304_000, timeout: 300_000),
      "[@7] timed out after 5m, but ended by itself after 5m04s: sudo apt upgrade"
    ),
    (
      notice(.waitingForInput, .waitingForInput, command: "apt install jq"),
      "[@7] waiting for input since 12s: apt install jq"
    ),
    (notice(.running, .limited, command: "yes"), "[@7] output over 64M, the middle is dropped: yes"),
    (
      notice(.exited(code: 0), .done, command: "yes", milliseconds: 400, endedBy: .limit),
      "[@7] done (ended by limit) after 0.4s: yes"
    ),
    (
      notice(.exited(code: 1), .failed, command: "yes", milliseconds: 400, endedBy: .disk),
      "[@7] failed (exit 1, ended by disk) after 0.4s: yes"
    ),
    (notice(.skipped, .skipped, command: "deploy"), "[@7] skipped: deploy"),
    (notice(.lost, .lost, command: "make"), "[@7] lost: make"),
    (notice(.exited(code: 0), .done, command: "make"), "[@7] done: make"),
  ]

  @Test(arguments: headlines.indices)
  func `a headline reads as the contract says`(_ index: Int) {
    #expect(Self.headlines[index].0.headline(now: Self.now) == Self.headlines[index].1)
  }

  @Test func `a task that has started is confirmed`() throws {
    let id = TaskID(rawValue: 7)
    #expect(Notice.started(id, name: nil, command: "npm test") == "[@7] started: npm test")
    #expect(
      Notice.started(id, name: try TaskName("tests"), command: "npm test") == "[@7] started: npm test (@tests)")
  }

  @Test(
    arguments: [
      (0, "exit 0"), (1, "exit 1"), (127, "exit 127"), (128, "exit 128"), (130, "exit 130, SIGINT"),
      (160, "exit 160"), (161, "exit 161"), (162, "exit 162, SIGRTMIN+0"), (193, "exit 193"), (255, "exit 255"),
    ] as [(Int32, String)])
  func `an exit code above 128 names the signal`(_ code: Int32, _ text: String) {
    #expect(Notice.exitText(code) == text)
  }

  @Test(arguments: [
    ("make", "make"), ("  make\t-j8 \n", "make -j8"), ("for d in *\ndo\n  make\ndone", "for d in * …"),
    ("\n\n  \nmake", "make"), ("make\u{1b}[2J", "make^[[2J"), ("\u{202e}ekam", "<U+202E>ekam"), ("", ""), ("\n", ""),
    ("make\r\n", "make"), ("make\r\ntest", "make …"), ("a\rb", "a^Mb"),
    (String(repeating: "x", count: 200), String(repeating: "x", count: 200)),
    (String(repeating: "x", count: 201), String(repeating: "x", count: 199) + "…"),
    (String(repeating: "x", count: 199) + "\ny", String(repeating: "x", count: 197) + "…"),
  ])
  func `a command is shown in one line`(_ command: String, _ shown: String) {
    #expect(CommandText.line(command) == shown)
  }

  @Test func `a digest stands under a failure, indented`() {
    let notices = [
      Self.notice(.exited(code: 0), .done, command: "a", id: 1),
      Self.notice(.exited(code: 2), .failed, command: "b", id: 2),
    ]
    let lines = NoticeBoard(notices.reversed()).lines(now: Self.now) { ["47 passed", "output of \($0.id)"] }
    #expect(lines == ["[@1] done: a", "[@2] failed (exit 2): b", "  47 passed", "  output of @2"])
  }

  @Test func `a task that waits no longer is not said to wait`() {
    let stale = Self.notice(.exited(code: 0), .waitingForInput, command: "a")
    #expect(NoticeBoard([stale]).isEmpty)
    #expect(NoticeBoard([stale]).notificationIDs == [7])
    #expect(NoticeBoard([stale]).lines { _ in [] } == [])
    #expect(!NoticeBoard([Self.notice(.waitingForInput, .waitingForInput, command: "a")]).isEmpty)
  }

  @Test func `that a limit cannot be kept is told until the task has ended, of which another notice tells`() {
    let live = Self.notice(.running, .timedOut, command: "a", timeout: 1_000, at: 88_000)
    #expect(!live.isStale)
    var task = live.task
    (task.state, task.endedAt) = (.timedOut(.exited(code: 0)), Timestamp(milliseconds: 90_000))
    #expect(Notice(notification: live.notification, task: task).isStale)
    let last = TaskNotification(
      id: 8, taskID: task.id, session: task.session, event: .timedOut, at: Timestamp(milliseconds: 90_000))
    #expect(!Notice(notification: last, task: task).isStale)
  }

  static func many(done: Int, failed: Int, timedOut: Int = 0) -> [Notice] {
    (0..<(done + failed + timedOut)).map { index in
      let id = Int64(index + 1)
      if index < done { return notice(.exited(code: 0), .done, command: "d", id: id) }
      if index < done + failed { return notice(.exited(code: 1), .failed, command: "f", id: id) }
      return notice(.timedOut(nil), .timedOut, command: "t", id: id)
    }
  }

  @Test func `ten are all shown, in their order`() {
    let lines = NoticeBoard(Self.many(done: 8, failed: 2)).lines(now: Self.now) { _ in [] }
    #expect(lines.count == 10)
    #expect(lines.first == "[@1] done: d")
  }

  @Test func `more are folded, failures first`() {
    let lines = NoticeBoard(Self.many(done: 15, failed: 1)).lines(now: Self.now) { _ in ["why"] }
    #expect(
      lines == [
        "[@16] failed (exit 1): f", "  why", "[@1] done: d", "[@2] done: d", "[@3] done: d", "and 12 more done",
      ])
  }

  @Test func `failures too many to show are counted too`() {
    let lines = NoticeBoard(Self.many(done: 3, failed: 100, timedOut: 2)).lines(now: Self.now) { _ in [] }
    #expect(lines.count == 21)
    #expect(lines.last == "and 80 more failed, 2 timed out, 3 done")
  }

  @Test func `no digest is made for what is not shown`() {
    var asked = 0
    _ = NoticeBoard(Self.many(done: 30, failed: 50)).lines(now: Self.now) { _ in
      asked += 1
      return []
    }
    #expect(asked == 20)
  }
}
