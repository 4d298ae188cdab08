import Notices
import ProcessControl
import TaskSamples
import Tasks
import Testing

struct NoticeBytesTests {
  /// A notice of which everything is there.
  static let full: Notice = {
    var task = BackgroundTask.sample(
      7, name: "tests", command: "printf '\u{1b}[31m=\n'", state: .timedOut(.killed(.kill)), durationMilliseconds: 3,
      timeoutMilliseconds: 4, endedBy: .timeout, endedAt: 5)
    task.description = "="
    task.rawDirectory = RawText([0x2f, 0xff, 0x0a])
    (task.processID, task.processStartTicks, task.bootID, task.attempt) = (8, 9, "boot 10", 11)
    (task.killAfterMilliseconds, task.isQuiet, task.outputLimitBytes) = (12, true, 13)
    (task.hasNoInput, task.endsWithShell) = (true, true)
    task.output = .init(
      path: "/output/7", bytes: 14, droppedBytes: 15, stderrPath: "/output/7.stderr",
      overwrittenBytes: [.output: 16, .error: 17])
    task.usage = ResourceUsage(userMilliseconds: 18, systemMilliseconds: 19, peakMemoryKiB: 20)
    (task.notifyPattern, task.matchedLine) = ("ready|\u{ff}", " ready")
    (task.pipeStatus, task.leftProcesses) = ([0, 141, -1], 24)
    return Notice(
      notification: TaskNotification(
        id: 21, taskID: task.id, session: task.session, event: .timedOut, at: Timestamp(milliseconds: 22),
        deliveredAt: Timestamp(milliseconds: 23)),
      task: task)
  }()

  @Test func `the full one has everything that there is`() {
    for mirror in [Mirror(reflecting: Self.full.task), Mirror(reflecting: Self.full.notification)] {
      for (label, value) in mirror.children {
        #expect(!["nil", "false", "0", ""].contains("\(value)"), "\(label ?? "?") is to be given a value")
      }
    }
  }

  static let notices =
    [full]
    + TaskNotification.Event.allCases.map { event in
      let task = BackgroundTask.sample(1, command: "", state: event == .killed ? .killed(.hangUp) : .running)
      return Notice(
        notification: TaskNotification(
          id: 1, taskID: task.id, session: task.session, event: event, at: Timestamp(milliseconds: 1)),
        task: task)
    }

  @Test(arguments: notices)
  func `a notice comes back from its bytes`(_ notice: Notice) {
    #expect(Notice(bytes: notice.bytes) == notice)
  }

  @Test func `what is cut or goes on is none`() {
    let bytes = Self.full.bytes
    for count in 0..<bytes.count { #expect(Notice(bytes: Array(bytes.prefix(count))) == nil) }
    #expect(Notice(bytes: bytes + [0]) == nil)
    #expect(Notice(bytes: bytes + bytes) == nil)
  }
}
