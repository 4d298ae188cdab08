import Connections
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
package import Tasks

/// A program that is attached to a task: it copies the output of the task and hands it the terminal, until the task ends or
/// is detached again.
package final class TaskAttachment {
  /// How it came to an end.
  package enum Outcome: Hashable, Sendable {
    /// The record as it is now; nil where nobody knows the task any more.
    case ended(BackgroundTask?)
    case detached
    /// The task waits for what cannot be given here.
    case waitsForInput
  }

  private let client: TaskClient
  private let task: BackgroundTask
  private let watch: TaskWatch
  private let live: LiveOutput
  private let followers: [OutputFollower]
  /// Whether the task had written more than was shown when it was last looked at.
  private var isBehind = false

  private let write: ([UInt8]) throws -> Void

  /// - Parameter write: Takes the output.
  package init(
    to task: BackgroundTask, by client: TaskClient, writing write: @escaping ([UInt8]) throws -> Void
  ) throws(OperationFailure) {
    self.client = client
    self.task = task
    self.write = write
    live = LiveOutput([task], loop: try TaskWatch.makeLoop())
    watch = try TaskWatch([task], by: client, on: live.loop)
    followers = task.output.files.compactMap { file in
      do throws(OperationFailure) {
        let output = try CapturedOutput(of: task, file)
        let mark = client.seenMark(of: task.id, file)
        var start =
          if let seen = mark?.offset { seen } else { try output.startOfLastLines(Self.shownLines) }
        // What it asks is shown again, however much was seen.
        if !task.state.isFinal, let question = try output.startOfUnfinishedLine() { start = min(start, question) }
        return OutputFollower(output, from: start, mark: mark)
      } catch {
        client.remark(.withoutOutput(error))
        return nil
      }
    }
  }

  /// Stays until the task ends or is detached.
  ///
  /// What is due about a task that has ended is not acknowledged: that is for whoever has told of the end.
  package func run() throws -> Outcome {
    guard !state.isFinal else { return try leaveEnded() }
    guard let terminal = ownTerminal() else { return try follow() }
    if let process = lookUpProcess(), process.sessionID == getsid(0) {
      return try handOver(terminal, toGroup: process.groupID)
    }
    return try followFromElsewhere()
  }

  private var state: TaskState { watch[task.id]?.state ?? .lost }

  // MARK: - With the terminal

  /// The terminal of this process if this process may use it now.
  private func ownTerminal() -> Terminal? {
    guard let file = try? FileDescriptor.open("/dev/tty", .readWrite, options: [.closeOnExec]),
      let terminal = Terminal(file), terminal.foregroundGroupID == getpgrp()
    else { return nil }
    return terminal
  }

  private func handOver(_ terminal: Terminal, toGroup group: Int32) throws -> Outcome {
    // A process that is not in the foreground is stopped when it writes or configures, unless it ignores these.
    Signal.terminalOutput.ignore()
    Signal.terminalInput.ignore()
    let modes = terminal.modes
    func takeBack() {
      try? terminal.giveForeground(toGroup: getpgrp())
      if let modes { terminal.restore(modes) }
    }
    try copyNew()
    // That it waits for input is known, and it will no longer do. Not later: between the two calls that follow, Ctrl-Z is lost.
    try client.acknowledgeDue(about: [task.id])
    var group = group
    do throws(Errno) {
      try terminal.giveForeground(toGroup: group)
    } catch {
      // It has ended at this moment, or its group has.
      return try follow()
    }
    resume()
    // Whoever has the terminal gets Ctrl-C and Ctrl-Z: that must not be a group that is no more.
    let leader = watchLeader()
    defer { withExtendedLifetime(leader) {} }
    var mustEndBy: MonotonicInstant?
    // Until it is seen to run, a stop is the old one.
    var hasRun = !isStopped
    var patience = MonotonicInstant.now.advanced(milliseconds: Self.patienceMilliseconds)
    // It may have been stopped as it was about to hide what is typed, from modes that it found while a line was edited.
    let hiddenBy = patience
    do {
      while true {
        let nextSight = MonotonicInstant.now.advanced(milliseconds: Self.sightMilliseconds)
        if nextSight < hiddenBy, let modes, let meant = terminal.modes?.meant(by: modes) { terminal.restore(meant) }
        try turn(until: [
          nextSight < hiddenBy ? nextSight : nil, mustEndBy, hasRun ? nil : max(patience, nextGlance),
          hasReports ? nil : nextGlance,
        ])
        if state.isFinal { break }
        if mustEndBy == nil, !task.hasProcess {
          mustEndBy = MonotonicInstant.now.advanced(milliseconds: Self.patienceMilliseconds)
        }
        if let mustEndBy, mustEndBy <= .now {
          // Its end is not reported: it is waited for as anything else is, with the terminal in our own hands.
          takeBack()
          return try follow()
        }
        if !isStopped {
          hasRun = true
        } else if hasRun || (patience <= .now && isStoppedNow) {
          // A process of the task that stands in another group may want the terminal.
          if state == .waitingForInput, let process = lookUpProcess(), process.groupID != group {
            group = process.groupID
            try? terminal.giveForeground(toGroup: group)
            resume()
            hasRun = false
            patience = MonotonicInstant.now.advanced(milliseconds: Self.patienceMilliseconds)
            continue
          }
          takeBack()
          resume()
          return try leaveDetached()
        }
      }
    } catch {
      takeBack()
      throw error
    }
    takeBack()
    return try leaveEnded()
  }

  /// Lets the end of the task's own process end a turn, whoever reports what becomes of the task.
  private func watchLeader() -> ProcessWatch? {
    task.processID.flatMap { try? ProcessWatch(of: $0, in: live.loop) {} }
  }

  /// Whether a supervisor reports what becomes of the task.
  private var hasReports: Bool { watch.isSupervised(task.id) }

  /// What a supervisor that has gone reported last may be long past.
  private var isStopped: Bool { hasReports ? state.isStopped : isStoppedNow }

  /// A stop that follows a continuation at once may not be reported as a change.
  private var isStoppedNow: Bool {
    task.processID.flatMap { ProcessSighting.of($0).state }?.isStopped ?? false
  }

  /// When to look whether the task is stopped where nothing tells of it.
  private var nextGlance: MonotonicInstant { MonotonicInstant.now.advanced(milliseconds: Self.glanceMilliseconds) }

  /// Whom to give the terminal, by the supervisor's word or without it.
  private func lookUpProcess() -> (groupID: Int32, sessionID: Int32)? {
    if var client = try? SupervisorClient(client.directory.session(task.session), asking: .foreground(task.id)) {
      while let reply = try? client.nextReply(timeoutMilliseconds: Self.patienceMilliseconds) {
        if case .process(task.id, let groupID, let sessionID) = reply { return (groupID, sessionID) }
      }
    }
    return ownProcess.map { ($0.groupID, $0.sessionID) }
  }

  /// The task's own process, nil if it has gone.
  private var ownProcess: ProcessState? {
    guard task.hasProcess, let process = task.processID.flatMap({ ProcessSighting.of($0).state }), process.groupID > 1
    else { return nil }
    return process
  }

  /// Lets the task go on.
  private func resume() {
    if !ask(.resume(task.id)) { send(.continue) }
  }

  /// Signals the task where no supervisor does it; says whether there was anything to signal.
  @discardableResult
  private func send(_ signal: Signal) -> Bool {
    guard let process = ownProcess, process.groupID != getpgrp() else { return false }
    return resultOrNil { kill(-process.groupID, signal.rawValue) } != nil
  }

  /// Asks the supervisor; says whether it did what it was asked.
  @discardableResult
  private func ask(_ request: SupervisorRequest) -> Bool {
    guard var client = try? SupervisorClient(client.directory.session(task.session), asking: request),
      let reply = try? client.nextReply(timeoutMilliseconds: Self.patienceMilliseconds)
    else { return false }
    return reply == .done(task.id)
  }

  // MARK: - Without it

  /// On a terminal that is not the task's: Ctrl-C is sent on as long as there is a task to get it, Ctrl-Z only leaves.
  private func followFromElsewhere() throws -> Outcome {
    let signals = try SignalDescriptor([.interrupt, .terminalStop])
    var isLeaving = false
    try live.loop.watch(signals.descriptor) { [unowned self] _ in
      while let signal = signals.next() {
        if signal != .interrupt || !ask(.signal(.interrupt, [task.id])) && !send(.interrupt) { isLeaving = true }
      }
    }
    return try follow { isLeaving }
  }

  private func follow(until isLeaving: () -> Bool = { false }) throws -> Outcome {
    try copyNew()
    while !state.isFinal {
      if isLeaving() { return try leaveDetached() }
      if state == .waitingForInput, isStopped {
        return .waitsForInput
      }
      try turn(until: [])
    }
    return try leaveEnded()
  }

  private func turn(until deadlines: [MonotonicInstant?]) throws {
    try watch.turn(until: (deadlines + [live.nextLook, isBehind ? .now : nil]).compactMap { $0 }.min())
    try copyNew()
  }

  private func copyNew() throws {
    isBehind = false
    for follower in followers where try follower.copyNew(to: write) { isBehind = true }
  }

  // MARK: - Leaving

  private func leaveDetached() throws -> Outcome {
    try copyNew()
    return .detached
  }

  private func leaveEnded() throws -> Outcome {
    for follower in followers { try follower.finish(to: write) }
    return .ended(watch[task.id])
  }

  /// Of output of which nothing has been seen yet.
  private static let shownLines = 20
  /// How long a supervisor may take to answer, and a task to go on.
  private static let patienceMilliseconds: Int64 = 1_000
  private static let glanceMilliseconds: Int64 = 250
  private static let sightMilliseconds: Int64 = 10
}

extension TaskState {
  fileprivate var isStopped: Bool { self == .paused || self == .waitingForInput }
}
