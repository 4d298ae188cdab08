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
  /// The shell process that runs it.
  let runner: Int32
  let startedAt = MonotonicInstant.now
  let limitMilliseconds: Int64
  /// What ran before it.
  let earlier: Set<ProcessTree.Member>
  let reply: (Reply) -> Void
  private let file: FileDescriptor

  /// The shell as it was before, once it has said that it is there.
  var copy: RestingShell?
  /// The shell that runs it, where that has come to rest while the call is being ended.
  var returned: RestingShell?
  /// How it ended, once that is known.
  var end: CallEnd?
  /// When patience ends, once it is being ended.
  var killInstant: MonotonicInstant?
  var alarm: Int?
  var outputAlarm: Int?

  init(
    number: Int, directory: SessionDirectory, runner: Int32, earlier: Set<ProcessTree.Member>, limitMilliseconds: Int64,
    reply: @escaping (Reply) -> Void
  ) throws(Errno) {
    self.number = number
    self.runner = runner
    self.earlier = earlier
    self.limitMilliseconds = limitMilliseconds
    self.reply = reply
    outputPath = "\(directory.path)/call-\(number)"
    file = try FileDescriptor.opening(outputPath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
  }

  deinit { try? file.close() }

  var milliseconds: Int64 { startedAt.milliseconds(until: .now) }

  /// What it has written.
  var output: BoundedOutput { OutputPart(file, from: 0, path: outputPath).bounded }

  /// Whether the middle of the output has not been kept.
  private(set) var hasDropped = false

  /// Gives the middle of what is too much back to the disk.
  func boundOutput() {
    let size = (try? file.seek(offset: 0, from: .end)) ?? 0
    guard size > Tasks.Limits.outputLimitBytes + Self.slackBytes else { return }
    let half = Tasks.Limits.outputLimitBytes / 2
    if (try? file.punchHole(from: half, to: size - half)) != nil { hasDropped = true }
  }

  static let boundMilliseconds: Int64 = 200
  private static let slackBytes: Int64 = 4 << 20
}
