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
final class OutputWatch {
  private let session: SupervisedSession
  private let roster: TaskRoster
  private let ledger: Ledger
  private var changes: FileChanges?
  private var outputs: [TaskID: WatchedOutput] = [:]
  /// Those that are looked at by the clock.
  private var awake: Set<TaskID> = []
  /// The files of which the kernel tells when they change, by its numbers for them.
  private var quiet: [Int32: TaskID] = [:]
  /// When a look around is due, nil while nothing grows.
  private var nextRound: MonotonicInstant?
  private lazy var roundTimer = session.timers.timer { [unowned self] in lookAround() }
  private let floor: DiskFloor
  /// Until when no other task is ended for want of space: the last one may take its time to stop writing.
  private var patience: MonotonicInstant?

  /// Called with each task that is to end because of what it writes.
  var ends: (TaskID, EndedBy) -> Void = { _, _ in }

  init(session: SupervisedSession, roster: TaskRoster, ledger: Ledger, state: StateDirectory, loop: EventLoop) {
    self.session = session
    self.roster = roster
    self.ledger = ledger
    floor = DiskFloor(path: state.path)
    var changes: FileChanges?
    do throws(Errno) {
      let own = try FileChanges()
      changes = own
      self.changes = own
      try loop.watch(own.descriptor) { [unowned self] _ in hearChanges() }
    } catch {
      if let changes { try? changes.descriptor.close() }
      self.changes = nil
      session.note("outputs are looked at by the clock: \(error)")
    }
  }

  /// Begins to watch the output of a task that is about to run.
  ///
  /// The first write is heard of at once: what a task overwrites is known only as far as it was seen before.
  func watch(_ task: SupervisedTask) {
    var output = WatchedOutput(task.row.output, limitBytes: task.row.outputLimitBytes)
    if let text = task.row.notifyPattern, task.row.matchedLine == nil, let pattern = try? NotifyPattern(text) {
      output.searches = output.paths.map { OutputSearch(for: pattern, in: $0) }
    }
    outputs[task.id] = output
    listen(to: task.id, now: session.now)
  }

  /// Looks at the output of a task that has ended for the record, and no longer than somebody can write to it.
  func release(_ id: TaskID) -> BackgroundTask.Output? {
    guard outputs[id] != nil else { return nil }
    look(id)
    search(id, for: OutputPace.lastSearchMilliseconds, patience: 0)
    outputs[id]?.searches = []
    let last = outputs[id]?.output
    outputs[id]?.hasEnded = true
    if !stillHasWriters(id) { forget(id) }
    return last
  }

  /// Looks at the files for which it is time.
  private func lookAround() {
    let now = session.now
    guard let due = nextRound, due <= now else { return }
    nextRound = nil
    for id in awake where outputs[id]?.nextLook.map({ $0 <= now }) ?? false {
      look(id)
      rest(id, now: now)
      hurrySearch(id, now: now)
    }
    guardDisk(now: now)
    if let next = awake.compactMap({ outputs[$0]?.nextLook }).min() { schedule(next) }
  }

  /// Ends the task that takes the most space, by what its output has grown on the disk since the last look, when there is
  /// little left; and after a while the next one. What has written little is not what fills the disk.
  private func guardDisk(now: MonotonicInstant) {
    if let patience, patience > now { return }
    let writers = awake.compactMap { id in outputs[id].map { (id, $0) } }.filter { id, output in
      output.hasGrown && output.diskBytes >= OutputPace.noticeableBytes && roster[id]?.ending == nil
        && !output.hasEnded
    }
    guard let (id, _) = writers.max(by: { $0.1.growth < $1.1.growth }), floor.isReached else { return }
    patience = now.advanced(milliseconds: OutputPace.patienceMilliseconds)
    ends(id, .disk)
  }

  private func schedule(_ instant: MonotonicInstant) {
    if let nextRound, nextRound <= instant { return }
    nextRound = instant
    roundTimer.set(at: instant)
  }

  private func hearChanges() {
    guard let changes else { return }
    let now = session.now
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

  /// Looks for what the task is to tell of, and for no longer than a moment: what is left is looked at next.
  ///
  /// - Parameter patience: After how many milliseconds without more the last line counts though it has no end.
  private func search(
    _ id: TaskID, for milliseconds: Int64 = OutputPace.searchMilliseconds,
    patience: Int64 = OutputPace.unfinishedMilliseconds
  ) {
    guard let searches = outputs[id]?.searches, !searches.isEmpty else { return }
    let end = MonotonicInstant.now.advanced(milliseconds: milliseconds)
    for search in searches {
      guard let line = search.look(until: end, patience: patience) else { continue }
      outputs[id]?.searches = []
      ledger.recordMatched(id, line)
      return
    }
  }

  /// Looks again soon where there was more to look through than a moment is for.
  private func hurrySearch(_ id: TaskID, now: MonotonicInstant) {
    guard let output = outputs[id], output.searches.contains(where: \.isBehind) else { return }
    let next = now.advanced(milliseconds: 2 * OutputPace.searchMilliseconds)
    if let planned = output.nextLook, planned <= next { return }
    outputs[id]?.nextLook = next
    awake.insert(id)
  }

  private func look(_ id: TaskID) {
    // What is given back cannot be looked at any more.
    search(id)
    guard var output = outputs[id] else { return }
    do throws(Errno) {
      try output.look()
    } catch .notSupported, .noFunction {
      // Nothing can be given back here.
      outputs[id] = output
      ends(id, .limit)
      return
    } catch {
      // It is tried again with the next look.
    }
    let isNews = output.gapBytes > 0 && !output.isLimited
    output.isLimited = output.isLimited || isNews
    let hasBeenOverwritten = output.output.overwrittenInAll != outputs[id]?.output.overwrittenInAll
    outputs[id] = output
    if isNews {
      ledger.recordLimited(id, output.output)
    } else if hasBeenOverwritten {
      ledger.record(output.output, of: id)
    }
  }

  /// Says when to look again: soon if the file has grown, else when the kernel tells of a change.
  private func rest(_ id: TaskID, now: MonotonicInstant) {
    guard let output = outputs[id] else { return }
    if output.hasGrown {
      outputs[id]?.nextLook = now.advanced(
        milliseconds: min(
          output.pauseMilliseconds, output.youngPause,
          output.searches.isEmpty ? .max : OutputPace.searchedMilliseconds))
      return
    }
    if output.searches.contains(where: \.awaitsEnd), !output.hasEnded {
      outputs[id]?.nextLook = now.advanced(milliseconds: OutputPace.unfinishedMilliseconds)
      return
    }
    if output.hasEnded {
      ledger.record(output.output, of: id)
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
