import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Keeps the output of tasks within its limits, without touching the tasks: it looks at the sizes of their files and gives
/// the middle of what is too long back to the disk.
///
/// A file that grows is looked at again and again, the sooner the faster it grows. One that does not costs nothing: the
/// kernel tells of the next write. A file is watched for as long as somebody may write to it, which can be longer than
/// its task lives.
final class OutputDesk {
  private unowned let supervisor: Supervisor
  private let state: StateDirectory
  private let changes: FileChanges?
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
    self.state = state
    changes = try? FileChanges()
    floor = DiskFloor(path: state.path)
    if let changes { try? supervisor.loop.watch(changes.descriptor) { [unowned self] _ in hearChanges() } }
  }

  /// Begins to watch the output of a task that is about to run.
  func watch(_ task: SupervisedTask) {
    let first = MonotonicInstant.now.advanced(milliseconds: OutputPace.firstMilliseconds)
    outputs[task.id] = WatchedOutput(
      path: state.outputFile(of: task.id), limitBytes: task.outputLimitBytes, nextLook: first)
    awake.insert(task.id)
    schedule(first)
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
        outputs[id]?.watch = nil
        look(id)
        guard outputs[id] != nil else { continue }
        let next = now.advanced(milliseconds: OutputPace.firstMilliseconds)
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
      return supervisor.end([id], by: .limit)
    } catch {
      // It is tried again with the next look.
    }
    let isNews = output.droppedBytes > 0 && !output.isLimited
    output.isLimited = output.isLimited || isNews
    outputs[id] = output
    if isNews { supervisor.launchDesk?.recordLimited(id, output.output) }
  }

  /// Says when to look again: soon if the file has grown, else when the kernel tells of a change.
  private func rest(_ id: TaskID, now: MonotonicInstant) {
    guard var output = outputs[id] else { return }
    if output.hasGrown {
      outputs[id]?.nextLook = now.advanced(milliseconds: output.pauseMilliseconds)
      return
    }
    if output.hasEnded {
      supervisor.launchDesk?.record(output.output, of: id)
      guard stillHasWriters(id) else { return forget(id) }
    }
    output.nextLook = nil
    defer {
      outputs[id] = output
      if output.nextLook == nil { awake.remove(id) }
    }
    do throws(Errno) {
      guard let changes else { throw .notSupported }
      let number = try changes.watchOnce(output.path)
      quiet[number] = id
      output.watch = number
      // It may have been written to before the kernel began to watch.
      if output.size != output.sizeNow {
        output.nextLook = now.advanced(milliseconds: OutputPace.firstMilliseconds)
      }
    } catch .noSuchFileOrDirectory {
    } catch {
      output.nextLook = now.advanced(milliseconds: OutputPace.longestMilliseconds)
    }
  }

  /// Whether somebody has the file of a task that has ended open for writing.
  private func stillHasWriters(_ id: TaskID) -> Bool {
    guard let path = outputs[id]?.path, let file = try? FileDescriptor.opening(path, O_RDONLY | O_NONBLOCK) else {
      return false
    }
    defer { try? file.close() }
    return bgsh_has_writers(file.rawValue) != 0
  }

  private func forget(_ id: TaskID) {
    awake.remove(id)
    guard let output = outputs.removeValue(forKey: id), let number = output.watch else { return }
    quiet[number] = nil
    changes?.forget(number)
  }
}

/// The file of one task as it was when it was last looked at.
private struct WatchedOutput {
  let path: String
  let limitBytes: Int64
  /// nil while the kernel is to tell of the next write.
  var nextLook: MonotonicInstant?
  /// The kernel's number for that.
  var watch: Int32?
  var size: Int64 = 0
  var droppedBytes: Int64 = 0
  var hasGrown = false
  /// How much it takes on the disk, as far as it is kept; and how much more than at the look before, by that and by its size.
  private(set) var diskBytes: Int64 = 0
  private(set) var growth: (disk: Int64, size: Int64) = (0, 0)
  /// How long to wait until the next look, as fast as it grows.
  var pauseMilliseconds = OutputPace.firstMilliseconds
  /// Whether it has been told that the limit was reached.
  var isLimited = false
  /// Whether the task has ended, and others write.
  var hasEnded = false
  private var lastLook = MonotonicInstant.now

  init(path: String, limitBytes: Int64, nextLook: MonotonicInstant) {
    self.path = path
    self.limitBytes = limitBytes
    self.nextLook = nextLook
  }

  var output: BackgroundTask.Output { .init(path: path, bytes: size, droppedBytes: droppedBytes) }

  var sizeNow: Int64 {
    var information = stat()
    return stat(path, &information) == 0 ? Int64(information.st_size) : 0
  }

  /// Looks at the size and gives back what is too much: head and tail keep half the limit each, in whole blocks.
  ///
  /// Offsets stay true. A task may make its own output shorter (`> /dev/stdout`); then it begins anew.
  mutating func look() throws(Errno) {
    var information = stat()
    guard stat(path, &information) == 0 else {
      hasGrown = false
      return
    }
    let now = MonotonicInstant.now
    let newSize = Int64(information.st_size)
    let grownBytes = newSize - size
    hasGrown = grownBytes != 0
    if grownBytes < 0 { droppedBytes = 0 }
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
    guard newSize > limitBytes else { return }
    let block = max(4096, Int64(information.st_blksize))
    let start = (limitBytes / 2 + block - 1) / block * block
    let end = (newSize - limitBytes / 2) / block * block
    guard end - start > droppedBytes else { return }
    let file = try FileDescriptor.opening(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW)
    defer { try? file.close() }
    // All of it again: what was given back already costs nothing, and it may have been written anew.
    try file.punchHole(from: start, to: end)
    droppedBytes = end - start
  }
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
