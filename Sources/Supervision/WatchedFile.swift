import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// A file as it was when it was last looked at.
struct WatchedFile {
  let kind: OutputFile
  let path: String
  private(set) var size: Int64 = 0
  /// What the task has overwritten, which it does by opening `/dev/stdout` anew.
  private(set) var overwrittenBytes: Int64
  private(set) var droppedBytes: Int64 = 0
  private(set) var hasGrown = false
  /// How much it takes on the disk, as far as it is kept; and how much more than at the look before, by that and by its size.
  private(set) var diskBytes: Int64 = 0
  private(set) var growth: (disk: Int64, size: Int64) = (0, 0)
  private(set) var pauseMilliseconds = OutputPace.longestMilliseconds
  private var blockBytes: Int64 = 4096
  /// What of it has been kept so far, beyond which it has holes.
  private var keptBytes = Int64.max
  private var lastLook = MonotonicInstant.now
  /// The file that the task was given: what else may stand there by now is nobody's to change.
  private var identity: FileIdentity?
  /// The first bytes of it, which change only when it is overwritten.
  private var head: [UInt8] = []

  init(_ kind: OutputFile, path: String, overwrittenBytes: Int64) {
    self.kind = kind
    self.path = path
    self.overwrittenBytes = overwrittenBytes
    identity = FileIdentity(path: path)
  }

  /// Whether it has another size than when it was measured.
  var isStale: Bool { information.map { Int64($0.st_size) != size } ?? false }

  /// nil if it is not there any more.
  private var information: stat? {
    var information = stat()
    guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
    return information
  }

  /// Looks at the size. A task may make its own output shorter (`> /dev/stdout`); then it begins anew, and what was there
  /// is gone.
  mutating func measure(limitBytes: Int64) {
    pauseMilliseconds = OutputPace.longestMilliseconds
    guard let information else {
      hasGrown = false
      return
    }
    let now = MonotonicInstant.now
    let newSize = Int64(information.st_size)
    let grownBytes = newSize - size
    hasGrown = grownBytes != 0
    if hasGrown, grownBytes < 0 || !hasSameHead() {
      overwrittenBytes += size
      (droppedBytes, keptBytes) = (0, .max)
      head = []
    }
    if hasGrown, head.count < Self.headLength { head = readHead() }
    if hasGrown {
      let elapsed = max(1, lastLook.milliseconds(until: now))
      let allowance = max(limitBytes / 4, OutputPace.smallestAllowanceBytes)
      let pause = allowance / max(1, abs(grownBytes) / elapsed)
      pauseMilliseconds = min(max(pause, OutputPace.shortestMilliseconds), OutputPace.longestMilliseconds)
    }
    size = newSize
    lastLook = now
    let taken = min(Int64(information.st_blocks) * 512, limitBytes)
    growth = (taken - diskBytes, grownBytes)
    diskBytes = taken
    blockBytes = max(4096, Int64(information.st_blksize))
  }

  /// Gives back what is more than a limit: head and tail keep half of it each, in whole blocks. Offsets stay true.
  mutating func trim(to limitBytes: Int64) throws(Errno) {
    guard size > limitBytes else { return }
    // What has been given back does not come back when another file is made shorter.
    keptBytes = min(keptBytes, limitBytes)
    guard let gap = OutputGap.range(size: size, keptBytes: keptBytes, blockBytes: blockBytes),
      gap.upperBound - gap.lowerBound > droppedBytes
    else { return }
    let file = try FileDescriptor.opening(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW)
    defer { try? file.close() }
    // A file with another name is somebody's: it stays as it is, and so does one that has taken the place of the task's.
    guard isOwn(file) else { return }
    // All of it again: what was given back already costs nothing, and it may have been written anew.
    try file.punchHole(from: gap.lowerBound, to: gap.upperBound)
    droppedBytes = gap.upperBound - gap.lowerBound
  }

  private func isOwn(_ file: FileDescriptor) -> Bool {
    var information = stat()
    return fstat(file.rawValue, &information) == 0 && information.st_nlink == 1 && FileIdentity(path: path) == identity
      && identity != nil
  }

  private func hasSameHead() -> Bool { head.isEmpty || readHead().starts(with: head) }

  private func readHead() -> [UInt8] {
    guard let file = try? OutputFile.open(path) else { return head }
    defer { try? file.close() }
    return (try? file.readSome(upTo: Self.headLength)) ?? head
  }

  private static let headLength = 32
}
