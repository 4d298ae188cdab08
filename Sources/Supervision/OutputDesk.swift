import CProcess
import Connections
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// Keeps the output of tasks within its limits, without touching the tasks: it looks at the sizes of their files and gives
/// the middle of what is too long back to the disk.
///
/// Output that grows is looked at again and again, the sooner the faster it grows. What does not costs nothing: the
/// kernel tells of the next write. A file is watched for as long as somebody may write to it, which can be longer than
/// its task lives.
final class OutputDesk {
  private unowned let supervisor: Supervisor
  private var changes: FileChanges?
  private var outputs: [TaskID: WatchedOutput] = [:]
  /// Those that are looked at by the clock.
  private var awake: Set<TaskID> = []
  /// Of the files of which the kernel is to tell.
  private var quiet: [Int32: TaskID] = [:]
  /// When a look around is due, nil while nothing grows.
  private var nextRound: MonotonicInstant?
  private let floor: DiskFloor
  /// Until when the task that was ended last may take to stop writing.
  private var patience: MonotonicInstant?

  init(supervisor: Supervisor, state: StateDirectory) {
    self.supervisor = supervisor
    floor = DiskFloor(path: state.path)
    var changes: FileChanges?
    do throws(Errno) {
      let own = try FileChanges()
      changes = own
      self.changes = own
      try supervisor.loop.watch(own.descriptor) { [unowned self] _ in hearChanges() }
    } catch {
      if let changes { try? changes.descriptor.close() }
      self.changes = nil
      supervisor.note("outputs are looked at by the clock: \(error)")
    }
  }

  /// Begins to watch the output of a task that is about to run.
  ///
  /// The first write is heard of at once: what a task overwrites is known only as far as it was seen before.
  func watch(_ task: SupervisedTask) {
    outputs[task.id] = WatchedOutput(task.row.output, limitBytes: task.row.outputLimitBytes)
    listen(to: task.id, now: .now)
  }

  /// Looks at the output of a task that has ended for the record, and no longer than somebody can write to it.
  func release(_ id: TaskID) -> BackgroundTask.Output? {
    guard outputs[id] != nil else { return nil }
    look(id)
    let last = outputs[id]?.output
    outputs[id]?.hasEnded = true
    if !stillHasWriters(id) { forget(id) }
    return last
  }

  /// Looks at the files for which it is time.
  func lookAround() {
    let now = MonotonicInstant.now
    guard let due = nextRound, due <= now else { return }
    nextRound = nil
    for id in awake where outputs[id]?.nextLook.map({ $0 <= now }) ?? false {
      look(id)
      rest(id, now: now)
    }
    guardDisk(now: now)
    if let next = awake.compactMap({ outputs[$0]?.nextLook }).min() { schedule(next) }
  }

  /// Ends the task that takes the most space, by what its output has grown on the disk since the last look, when there is
  /// little left; and after a while the next one. What has written little is not what fills the disk.
  private func guardDisk(now: MonotonicInstant) {
    if let patience, patience > now { return }
    let writers = awake.compactMap { id in outputs[id].map { (id, $0) } }.filter { id, output in
      output.hasGrown && output.diskBytes >= OutputPace.noticeableBytes && supervisor.tasks[id]?.ending == nil
        && !output.hasEnded
    }
    guard let (id, _) = writers.max(by: { $0.1.growth < $1.1.growth }), floor.isReached else { return }
    patience = now.advanced(milliseconds: OutputPace.patienceMilliseconds)
    supervisor.end([id], by: .disk)
  }

  private func schedule(_ instant: MonotonicInstant) {
    if let nextRound, nextRound <= instant { return }
    nextRound = instant
    supervisor.timers.add(.lookAtOutputs, at: instant)
  }

  private func hearChanges() {
    guard let changes else { return }
    let now = MonotonicInstant.now
    while true {
      let numbers = changes.next()
      guard !numbers.isEmpty else { return }
      for number in numbers {
        guard let id = quiet.removeValue(forKey: number) else { continue }
        outputs[id]?.watches.removeAll { $0 == number }
        stopListening(to: id)
        look(id)
        guard let output = outputs[id] else { continue }
        let next = now.advanced(milliseconds: min(output.youngPause, OutputPace.firstMilliseconds))
        outputs[id]?.nextLook = next
        awake.insert(id)
        schedule(next)
      }
    }
  }

  // MARK: One file

  private func look(_ id: TaskID) {
    guard var output = outputs[id] else { return }
    do throws(Errno) {
      try output.look()
    } catch .notSupported, .noFunction {
      // Nothing can be given back here.
      outputs[id] = output
      supervisor.end([id], by: .limit)
      return
    } catch {
      // It is tried again with the next look.
    }
    let isNews = output.gapBytes > 0 && !output.isLimited
    output.isLimited = output.isLimited || isNews
    let hasBeenOverwritten = output.output.overwrittenInAll != outputs[id]?.output.overwrittenInAll
    outputs[id] = output
    if isNews {
      supervisor.ledger?.recordLimited(id, output.output)
    } else if hasBeenOverwritten {
      supervisor.ledger?.record(output.output, of: id)
    }
  }

  /// Says when to look again: soon if the file has grown, else when the kernel tells of a change.
  private func rest(_ id: TaskID, now: MonotonicInstant) {
    guard let output = outputs[id] else { return }
    if output.hasGrown {
      outputs[id]?.nextLook = now.advanced(milliseconds: min(output.pauseMilliseconds, output.youngPause))
      return
    }
    if output.hasEnded {
      supervisor.ledger?.record(output.output, of: id)
      guard stillHasWriters(id) else { return forget(id) }
    }
    listen(to: id, now: now)
  }

  /// Lets the kernel tell of the next write, or looks after some time where it will not.
  private func listen(to id: TaskID, now: MonotonicInstant) {
    guard var output = outputs[id] else { return }
    output.nextLook = nil
    defer {
      outputs[id] = output
      if let next = output.nextLook {
        awake.insert(id)
        schedule(next)
      } else {
        awake.remove(id)
      }
    }
    do throws(Errno) {
      guard let changes else { throw .notSupported }
      output.watches = []
      for path in output.paths {
        do throws(Errno) {
          let number = try changes.watchOnce(path, alsoClosing: output.hasEnded)
          quiet[number] = id
          output.watches.append(number)
        } catch .noSuchFileOrDirectory {
          // Somebody has removed it.
        }
      }
      // It may have been written to before the kernel began to watch.
      if output.isStale {
        output.nextLook = now.advanced(milliseconds: OutputPace.firstMilliseconds)
      }
    } catch {
      output.nextLook = now.advanced(
        milliseconds: output.isNew ? OutputPace.firstMilliseconds : OutputPace.longestMilliseconds)
    }
  }

  /// Whether somebody has a file of a task that has ended open for writing.
  private func stillHasWriters(_ id: TaskID) -> Bool {
    (outputs[id]?.paths ?? []).contains { path in
      guard let file = try? FileDescriptor.opening(path, O_RDONLY | O_NONBLOCK) else { return false }
      defer { try? file.close() }
      return bgsh_has_writers(file.rawValue) == 1
    }
  }

  private func forget(_ id: TaskID) {
    awake.remove(id)
    stopListening(to: id)
    outputs[id] = nil
  }

  /// The kernel need not tell any more of what is written to the files of a task.
  private func stopListening(to id: TaskID) {
    for number in outputs[id]?.watches ?? [] {
      quiet[number] = nil
      changes?.forget(number)
    }
    outputs[id]?.watches = []
  }
}

/// What one task has written, as it was when it was last looked at: one file, or two that share the limit.
private struct WatchedOutput {
  private var files: [WatchedFile]
  private let place: BackgroundTask.Output
  private let limitBytes: Int64
  /// nil while the kernel is to tell of the next write.
  var nextLook: MonotonicInstant?
  /// The kernel's numbers for that.
  var watches: [Int32] = []
  /// Whether it has been told that the limit was reached.
  var isLimited = false
  /// Whether the task has ended, and others write.
  var hasEnded = false

  /// How often it has been looked at, as far as that counts.
  private var looks = 0

  init(_ output: BackgroundTask.Output, limitBytes: Int64) {
    place = output
    files = output.files.compactMap { file in
      output.path(of: file).map { WatchedFile(file, path: $0, overwrittenBytes: output.overwrittenBytes[file] ?? 0) }
    }
    self.limitBytes = limitBytes
  }

  var paths: [String] { files.map(\.path) }
  var output: BackgroundTask.Output {
    var output = place
    output.overwrittenBytes = Dictionary(uniqueKeysWithValues: files.map { ($0.kind, $0.overwrittenBytes) })
      .filter { $0.value > 0 }
    output.bytes = files.reduce(0) { $0 + $1.size } + output.overwrittenInAll
    output.droppedBytes = gapBytes + output.overwrittenInAll
    return output
  }
  /// What has been given back.
  var gapBytes: Int64 { files.reduce(0) { $0 + $1.droppedBytes } }
  var hasGrown: Bool { files.contains(where: \.hasGrown) }
  /// Whether it has been written to since the last look.
  var isStale: Bool { files.contains(where: \.isStale) }
  var diskBytes: Int64 { files.reduce(0) { $0 + $1.diskBytes } }
  var growth: (disk: Int64, size: Int64) {
    files.reduce((0, 0)) { ($0.disk + $1.growth.disk, $0.size + $1.growth.size) }
  }
  /// How long to wait until the next look, as fast as it grows.
  var pauseMilliseconds: Int64 { files.map(\.pauseMilliseconds).min() ?? OutputPace.longestMilliseconds }

  var isNew: Bool { looks == 0 }
  /// How long to wait for the next look after the first ones, in milliseconds: little, at first.
  var youngPause: Int64 { looks < 10 ? 1 << Int64(looks) : .max }

  /// Looks at the sizes and gives back what is too much. Of two files each may have half, and what the other leaves.
  mutating func look() throws(Errno) {
    looks = min(looks + 1, 10)
    for index in files.indices { files[index].measure(limitBytes: limitBytes) }
    let bytes = files.reduce(0) { $0 + $1.size }
    for index in files.indices {
      let others = bytes - files[index].size
      try files[index].trim(to: max(limitBytes - others, limitBytes / Int64(files.count)))
    }
  }
}

/// A file as it was when it was last looked at.
private struct WatchedFile {
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

/// How often the size of a file is looked at.
private enum OutputPace {
  /// After a task has begun, or begun to write.
  static let firstMilliseconds: Int64 = 20
  /// Of one that grows fast, and of one that grows slowly.
  static let shortestMilliseconds: Int64 = 10
  static let longestMilliseconds: Int64 = 500
  /// By how much a file may grow from one look to the next, if there is time for the look, with a small limit.
  static let smallestAllowanceBytes: Int64 = 4 << 20
  /// From where on an output is one that may fill a disk.
  static let noticeableBytes: Int64 = 1 << 20
  /// How long a task that was ended for want of space may take, before another is.
  static let patienceMilliseconds: Int64 = 1_000
}

/// How much space is to be left on the file system of the state directory: one hundredth of it, at most 256 MiB, or what
/// `BGSH_DISK_FLOOR` says, which is for tests.
private struct DiskFloor {
  let path: String
  private let stated = StateDirectory.environmentVariable("BGSH_DISK_FLOOR").flatMap { try? SizeText.bytes($0) }

  init(path: String) {
    self.path = path
  }

  var isReached: Bool {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { return false }
    let unit = Int64(information.f_frsize)
    let floor = stated ?? min(Int64(information.f_blocks) * unit / 100, 256 << 20)
    return Int64(information.f_bavail) * unit < floor
  }
}
