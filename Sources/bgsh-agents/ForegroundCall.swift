import Agents
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// A call that runs now, and whose result somebody waits for.
final class ForegroundCall {
  let number: Int
  let outputPath: String
  /// The shell process that runs it, and the connection on which it was told to, until it has begun.
  let runner: Int32
  private(set) var ordered: RestingShell?
  /// The number of the request.
  let position: Int
  let request: ToolRequest.BashCall
  let startedInstant = MonotonicInstant.now
  let startedAt = Timestamp.now
  /// The same in clock ticks after boot, as the starts of processes are told.
  let startTicks = ProcessState.ticksNow
  /// Where it began.
  let workingDirectory: RawText
  /// Nil for none.
  let limitMilliseconds: Int64?
  /// What ran before it.
  let earlier: Set<ProcessTree.Member>
  let reply: (Reply) -> Void
  private let file: FileDescriptor

  /// The shell as it was before, once it has said that it is there.
  var copy: RestingShell?
  /// The process that the copy is.
  var copyProcessID: Int32?
  /// The shell that runs it, where that has come to rest while the call is being ended.
  var returned: RestingShell?
  /// What that has said.
  var rest: RestingShell.Rest?
  /// Whether it is to become a task as soon as it has begun.
  var isToBecomeTask = false
  /// How it becomes a task, while it does.
  var promotion: Promotion?
  /// Whether its time has been up meanwhile.
  var isOverdue = false
  /// How it ended, once that is known.
  var end: CallEnd?
  /// When patience ends, once it is being ended.
  var killInstant: MonotonicInstant?
  var alarm: Int?
  var promotionAlarm: Int?
  var outputAlarm: Int?

  init(
    number: Int, position: Int, request: ToolRequest.BashCall, directory: SessionDirectory, runner: Int32,
    shell: RestingShell, earlier: Set<ProcessTree.Member>, reply: @escaping (Reply) -> Void
  ) throws(Errno) {
    self.number = number
    self.position = position
    self.request = request
    self.runner = runner
    ordered = shell
    workingDirectory = shell.directory
    self.earlier = earlier
    limitMilliseconds = request.timeoutMilliseconds
    self.reply = reply
    outputPath = "\(directory.path)/call-\(number)"
    file = try FileDescriptor.opening(outputPath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
  }

  deinit { try? file.close() }

  var milliseconds: Int64 { startedInstant.milliseconds(until: .now) }

  /// The shell has opened the output: that may be moved from here on.
  func begin() { ordered = nil }

  /// What it has written.
  var output: BoundedOutput { output(in: outputPath) }

  /// The same, where it is in another place by now.
  func output(in path: String) -> BoundedOutput { OutputPart(file, from: 0, path: path).bounded }

  /// How much it has written.
  var writtenBytes: Int64 { (try? file.seek(offset: 0, from: .end)) ?? 0 }

  /// Whether the middle of the output has not been kept.
  private(set) var hasDropped = false

  /// Gives the middle of what is too much back to the disk.
  func boundOutput() {
    let size = (try? file.seek(offset: 0, from: .end)) ?? 0
    guard size > Tasks.Limits.outputLimitBytes + Self.slackBytes else { return }
    let half = Tasks.Limits.outputLimitBytes / 2
    if (try? file.punchHole(from: half, to: size - half)) != nil { hasDropped = true }
  }

  static let boundPause = Duration.milliseconds(200)
  private static let slackBytes: Int64 = 4 << 20
}
