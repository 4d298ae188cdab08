import Notices
import ProcessControl
import SystemPackage
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

  private static let matched: Notice = {
    var task = BackgroundTask.sample(7, command: "serve")
    task.matchedLine = "listening on 8080\u{7}"
    task.startedAt = Timestamp(milliseconds: 85_000)
    return Notice(
      notification: TaskNotification(
        id: 7, taskID: task.id, session: task.session, event: .matched, at: Timestamp(milliseconds: 88_000)),
      task: task)
  }()

  static let headlines: [(Notice, String)] = [
    (notice(.exited(code: 0), .done, command: "npm test", milliseconds: 92_004), "[@7] done after 1m32s: npm test"),
    (
      notice(.exited(code: 1), .failed, command: "npm test", milliseconds: 92_004),
      "[@7] failed (exit 1) after 1m32s: npm test"
    ),
    (
      notice(.exited(code: 1), .failed, command: "npm test", name: "tests", milliseconds: 92_004),
      "[@7 tests] failed (exit 1) after 1m32s: npm test"
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
      "[@7] killed (SIGKILL, by disk) after 400ms: yes"
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
      "[@7] waiting for input for 12s: apt install jq"
    ),
    (notice(.running, .limited, command: "yes"), "[@7] output over 64M, the middle is dropped: yes"),
    (
      notice(.exited(code: 0), .done, command: "yes", milliseconds: 400, endedBy: .limit),
      "[@7] done (ended by limit) after 400ms: yes"
    ),
    (
      notice(.exited(code: 1), .failed, command: "yes", milliseconds: 400, endedBy: .disk),
      "[@7] failed (exit 1, ended by disk) after 400ms: yes"
    ),
    (notice(.skipped, .skipped, command: "deploy"), "[@7] skipped: deploy"),
    (matched, "[@7] matched after 3s: listening on 8080^G"),
    (notice(.lost, .lost, command: "make"), "[@7] lost: make"),
    (notice(.exited(code: 0), .done, command: "make"), "[@7] done: make"),
  ]

  @Test(arguments: headlines.indices)
  func `a headline reads as the contract says`(_ index: Int) {
    #expect(Self.headlines[index].0.headline(now: Self.now) == Self.headlines[index].1)
  }

  @Test(
    arguments: [
      ("pytest | tee log", [1, 0], ", but pytest exited 1"),
      ("A=1 ./run/tests -v 2>&1 | grep x | tee log", [2, 1, 0], ", but tests exited 2, grep exited 1"),
      ("cd a && { make; make check | tee log; }", [2, 0], ", but make exited 2"),
      ("(false || true); ( 'a | b' x | c )", [3, 0], ", but 'a exited 3"),
      ("{ a | b; }", [1, 0], ", but a exited 1"), ("check", [1, 0], ", but command 1 of its pipeline exited 1"),
      ("a \"|\" | b |& c; ", [0, 4, 0], ", but b exited 4"), ("! a | b", [0, 0], ""),
    ] as [(String, [Int32], String)])
  func `a failure that the status hides is told`(_ command: String, _ statuses: [Int32], _ text: String) {
    var task = BackgroundTask.sample(7, command: command, state: .exited(code: 0), durationMilliseconds: 80)
    task.pipeStatus = statuses
    let notification = TaskNotification(
      id: 7, taskID: task.id, session: task.session, event: .done, at: Timestamp(milliseconds: 88_000))
    let line = Notice(notification: notification, task: task).headline(now: Self.now)
    #expect(line == "[@7] done after 80ms\(text): \(CommandText.line(command))")
  }

  @Test(arguments: [(0, ""), (1, ", 1 process left running"), (2, ", 2 processes left running")])
  func `what runs on when a task has ended is told`(_ count: Int, _ text: String) {
    var task = BackgroundTask.sample(7, command: "./start", state: .exited(code: 0), durationMilliseconds: 80)
    task.leftProcesses = count
    let notification = TaskNotification(
      id: 7, taskID: task.id, session: task.session, event: .done, at: Timestamp(milliseconds: 88_000))
    let line = Notice(notification: notification, task: task).headline(now: Self.now)
    #expect(line == "[@7] done after 80ms\(text): ./start")
  }

  @Test func `a task that has started is confirmed`() throws {
    let id = TaskID(rawValue: 7)
    #expect(Notice.started(id, name: nil, command: "npm test") == "[@7] started: npm test")
    #expect(
      Notice.started(id, name: try TaskName("tests"), command: "npm test") == "[@7 tests] started: npm test")
  }

  @Test(
    arguments: [
      (0, "exit 0"), (1, "exit 1"), (127, "exit 127"), (128, "exit 128"), (130, "exit 130, SIGINT"),
      (160, "exit 160"), (161, "exit 161"), (162, "exit 162, SIGRTMIN+0"), (193, "exit 193"), (255, "exit 255"),
    ] as [(Int32, String)])
  func `an exit code above 128 names the signal`(_ code: Int32, _ text: String) {
    #expect(Notice.exitText(code) == text)
  }

  static func x(_ count: Int) -> String { String(repeating: "x", count: count) }

  @Test(arguments: [
    ("make", "make"), ("  make\t-j8 \n", "make -j8"), ("for d in *\ndo\n  make\ndone", "for d in * …"),
    ("\n\n  \nmake", "make"), ("make\u{1b}[2J", "make^[[2J"), ("\u{202e}ekam", "<U+202E>ekam"), ("", ""), ("\n", ""),
    ("make\r\n", "make"), ("make\r\ntest", "make …"), ("a\rb", "a^Mb"),
    (x(200), x(200)), (x(201), x(100) + "…" + x(99)), (x(199) + "\ny", x(99) + "…" + x(98) + " …"),
    (x(100_000) + "\u{1b}", x(100) + "…" + x(97) + "^["),
  ])
  func `a command is shown in one line`(_ command: String, _ shown: String) {
    #expect(CommandText.line(command) == shown)
  }

  @Test func `a digest stands under a failure, indented`() {
    let notices = [
      Self.notice(.exited(code: 0), .done, command: "a", id: 1),
      Self.notice(.exited(code: 2), .failed, command: "b", id: 2),
    ]
    let lines = NoticeBoard(notices.reversed()).lines(now: Self.now) {
      $0.notification.event == .failed ? ["47 passed", "output of \($0.task.id)"] : []
    }
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

  static func screen(rows: Int = 24, columns: Int = 80) -> NoticeStyle {
    var style = NoticeStyle.plain
    (style.rows, style.columns) = (rows, columns)
    return style
  }

  static func why(_ notice: Notice) -> [String] { notice.notification.event == .failed ? ["why"] : [] }

  @Test func `half a screen of them is shown, in their order`() {
    let lines = NoticeBoard(Self.many(done: 8, failed: 2)).lines(now: Self.now, style: Self.screen(), details: Self.why)
    #expect(lines.count == 12)
    #expect(lines.first == "[@1] done: d")
  }

  @Test func `more are folded, failures first`() {
    let board = NoticeBoard(Self.many(done: 15, failed: 1))
    #expect(
      board.lines(now: Self.now, style: Self.screen(rows: 14), details: Self.why) == [
        "[@16] failed (exit 1): f", "  why", "[@1] done: d", "[@2] done: d", "[@3] done: d", "[@4] done: d",
        "and 11 more done",
      ])
    let under = board.lines(under: "Above:", now: Self.now, style: Self.screen(rows: 14), details: Self.why)
    #expect(under.count == 7 && under.first == "Above:" && under.last == "and 12 more done")
  }

  @Test func `failures too many to show are counted too`() {
    let lines = NoticeBoard(Self.many(done: 3, failed: 100, timedOut: 2)).lines(now: Self.now) { _ in [] }
    #expect(lines.count == 25)
    #expect(lines.last == "and 76 more failed, 2 timed out, 3 done")
  }

  @Test func `a line that takes two rows counts for two`() {
    let board = NoticeBoard(Self.many(done: 3, failed: 1))
    let lines = board.lines(now: Self.now, style: Self.screen(rows: 10, columns: 40)) { notice in
      notice.notification.event == .failed ? [Self.x(79)] : []
    }
    #expect(lines == ["[@4] failed (exit 1): f", "  " + Self.x(79), "and 3 more done"])
  }

  @Test func `nobody is asked about what is not shown`() {
    var asked: [TaskNotification.Event: Int] = [:]
    _ = NoticeBoard(Self.many(done: 30, failed: 50)).lines(now: Self.now) { notice in
      asked[notice.notification.event, default: 0] += 1
      return []
    }
    #expect(asked == [.failed: 24])
  }
}

/// How notices look on a screen.
struct NoticeStyleTests {
  static let marked: [(Notice, unicode: String, ascii: String)] = [
    (NoticeTests.notice(.exited(code: 0), .done, command: "a"), "[@7] ✔ done: a", "[@7] + done: a"),
    (
      NoticeTests.notice(.exited(code: 1), .failed, command: "a"), "[@7] ✘ failed (exit 1): a",
      "[@7] x failed (exit 1): a"
    ),
    (
      NoticeTests.notice(.timedOut(nil), .timedOut, command: "a", milliseconds: 1_000, endedBy: .timeout),
      "[@7] ⏱ timed out after 1s: a", "[@7] ! timed out after 1s: a"
    ),
    (
      NoticeTests.notice(.waitingForInput, .waitingForInput, command: "a"), "[@7] ? waiting for input for 12s: a",
      "[@7] ? waiting for input for 12s: a"
    ),
    (NoticeTests.notice(.skipped, .skipped, command: "a"), "[@7] – skipped: a", "[@7] - skipped: a"),
    (NoticeTests.notice(.lost, .lost, command: "a"), "[@7] ✘ lost: a", "[@7] x lost: a"),
  ]

  @Test(arguments: marked.indices)
  func `a mark stands before the state`(_ index: Int) {
    let (notice, unicode, ascii) = Self.marked[index]
    var style = NoticeStyle.plain
    style.marks = .unicode
    #expect(notice.headline(now: NoticeTests.now, style: style) == unicode)
    style.marks = .ascii
    #expect(notice.headline(now: NoticeTests.now, style: style) == ascii)
  }

  @Test func `the state is coloured, and what one has asked for is faint`() {
    var style = NoticeStyle.plain
    style.hasColour = true
    let failed = NoticeTests.notice(.exited(code: 1), .failed, command: "a", name: "n", milliseconds: 92_004)
    #expect(
      failed.headline(now: NoticeTests.now, style: style)
        == "[@7 n] \u{1b}[31mfailed (exit 1)\u{1b}[0m after 1m32s: a")
    let killed = NoticeTests.notice(.killed(.terminate), .killed, command: "a", endedBy: .kill)
    #expect(
      killed.headline(now: NoticeTests.now, style: style)
        == "\u{1b}[2m[@7] killed (SIGTERM, by kill): a\u{1b}[0m")
  }

  @Test(arguments: [40, 80, 200])
  func `a headline is one row, and the name is never cut`(_ columns: Int) {
    let name = NoticeTests.x(30)
    let notice = NoticeTests.notice(
      .exited(code: 0), .done, command: "begins" + NoticeTests.x(300) + "ends", name: "tests", milliseconds: 80)
    let line = notice.headline(now: NoticeTests.now, style: NoticeTests.screen(columns: columns))
    #expect(DisplayWidth.of(line) == columns)
    #expect(line.hasPrefix("[@7 tests] done after 80ms: begins"[...].prefix(columns / 2)) && line.hasSuffix("ends"))
    let named = NoticeTests.notice(.exited(code: 0), .done, command: "make all the rest", name: name)
    #expect(
      named.headline(now: NoticeTests.now, style: NoticeTests.screen(columns: 40)) == "[@7 \(name)] done: make…est")
  }

  @Test(arguments: [
    ("日本語日本語", 7, "日…語"), ("日本語日本語", 12, "日本語日本語"), ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}…e\u{301}"),
    ("שלום עולם", 5, "של…לם"), ("abc", 1, "…"), ("abc", 3, "abc"),
  ])
  func `wide characters and marks are cut where they end`(_ text: String, _ columns: Int, _ shown: String) {
    #expect(MiddleCut.text(text, columns: columns) == shown)
  }

  @Test func `what is older than a minute says when it was`() {
    let now = Timestamp.now
    func line(_ age: Int64) -> String {
      NoticeTests.notice(
        .exited(code: 0), .done, command: "a", milliseconds: 3_000, at: now.milliseconds - age
      ).headline(now: now)
    }
    #expect(line(59_999) == "[@7] done after 3s: a")
    #expect(line(60_000).contains(#/^\[@7\] done after 3s at ([0-9-]+ )?[0-9][0-9]:[0-9][0-9]: a$/#))
    #expect(
      line(86_400_000).contains(#/^\[@7\] done after 3s at [0-9]{4}-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]: a$/#))
  }

  @Test(
    arguments: [
      (["TERM": "xterm", "LANG": "de_DE.UTF-8"], .unicode, true), (["TERM": "xterm", "LANG": "C"], .ascii, true),
      (["TERM": "xterm", "LANG": "C.utf8", "NO_COLOR": "1"], .unicode, false),
      (["TERM": "xterm", "LANG": "C.utf8", "NO_COLOR": ""], .unicode, true),
      (["TERM": "xterm", "LC_ALL": "C", "LANG": "C.utf8"], .ascii, true), (["TERM": "xterm"], .ascii, true),
      (["TERM": "xterm", "LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"], .unicode, true),
      (["TERM": "dumb", "LANG": "C.utf8"], .none, false), ([:], .none, false),
    ] as [([String: String], NoticeStyle.Marks, Bool)])
  func `the environment says what can be shown`(
    _ variables: [String: String], _ marks: NoticeStyle.Marks, _ hasColour: Bool
  ) throws {
    let device = try FileDescriptor.open("/dev/ptmx", .readWrite)
    defer { try? device.close() }
    let terminal: Terminal = try #require(Terminal(device))
    let style = NoticeStyle(for: terminal) { variables[$0] }
    #expect(style.marks == marks && style.hasColour == hasColour)
    #expect(NoticeStyle(for: nil) { variables[$0] } == .plain)
  }

  @Test func `what runs on is named as far as a row holds it`() throws {
    var tasks = [BackgroundTask.sample(56, name: "long")]
    #expect(NoticeBoard.outlook([]) == nil)
    #expect(NoticeBoard.outlook(tasks) == "1 task of a closed session runs on: @56 long (jobs -a)")
    tasks.append(.sample(57))
    #expect(NoticeBoard.outlook(tasks) == "2 tasks of closed sessions run on: @56 long, @57 (jobs -a)")
    tasks += (58...99).map { .sample($0) }
    #expect(
      NoticeBoard.outlook(tasks, style: NoticeTests.screen(columns: 80))
        == "44 tasks of closed sessions run on: @56 long, @57, @58, @59, @60, … (jobs -a)")
  }
}
