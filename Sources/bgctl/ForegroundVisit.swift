import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// A task in the foreground: its output on this terminal, and the terminal in its hands, until it ends or is detached.
final class ForegroundVisit {
  private let workplace: Workplace
  private let task: BackgroundTask
  private let watch: TaskWatch
  private let live: LiveOutput
  private let follower: OutputFollower?
  /// Whether the task had written more than was shown when it was last looked at.
  private var isBehind = false

  init(to task: BackgroundTask, in workplace: Workplace) throws {
    self.workplace = workplace
    self.task = task
    live = LiveOutput([task], loop: try EventLoop())
    watch = try TaskWatch([task], in: workplace, loop: live.loop)
    do throws(CommandFailure) {
      let output = try CapturedOutput(of: task)
      let mark = workplace.seenMark(of: task.id)
      let start =
        if let seen = mark?.offset { seen } else { try output.startOfLastLines(Self.shownLines) }
      follower = OutputFollower(output, from: start, mark: mark)
    } catch {
      Console.complain(error.description)
      follower = nil
    }
  }

  /// Stays until the task ends or is left.
  ///
  /// - Returns: The status of the task, 0 if it was left, 149 if it waits for what cannot be given here.
  func run() throws -> Int32 {
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

  private func handOver(_ terminal: Terminal, toGroup group: Int32) throws -> Int32 {
    // A process that is not in the foreground is stopped when it writes or configures, unless it ignores these.
    Signal.terminalOutput.ignore()
    Signal.terminalInput.ignore()
    let modes = terminal.modes
    func takeBack() {
      try? terminal.giveForeground(toGroup: getpgrp())
      if let modes { terminal.restore(modes) }
    }
    try copyNew()
    var group = group
    do throws(Errno) {
      try terminal.giveForeground(toGroup: group)
    } catch {
      // It has ended at this moment, or its group has.
      return try follow()
    }
    // That it waits for input is known, and it no longer does.
    try workplace.acknowledge(try workplace.dueNotices(about: [task.id]))
    resume()
    // Until it is seen to run, a stop is the old one.
    var hasRun = !state.isStopped
    var patience = MonotonicInstant.now.advanced(milliseconds: Self.patienceMilliseconds)
    do {
      while true {
        try turn(until: hasRun ? nil : patience)
        if state.isFinal { break }
        if !state.isStopped, watch.isSupervised(task.id) || !isStoppedNow {
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

  /// A stop that follows a continuation at once may not be reported as a change.
  private var isStoppedNow: Bool {
    task.processID.flatMap { ProcessState(processID: $0) }?.isStopped ?? false
  }

  private func lookUpProcess() -> (groupID: Int32, sessionID: Int32)? {
    guard
      var client = try? SupervisorClient(workplace.directory.session(task.session), asking: .foreground(task.id))
    else { return nil }
    while let reply = try? client.nextReply(timeoutMilliseconds: Self.patienceMilliseconds) {
      if case .process(task.id, let groupID, let sessionID) = reply { return (groupID, sessionID) }
    }
    return nil
  }

  /// Lets the task go on, by its supervisor or without.
  private func resume() {
    guard !ask(.resume(task.id)), let processID = task.processID, task.hasProcess,
      let process = ProcessState(processID: processID), process.groupID > 1
    else { return }
    _ = resultOrNil { kill(-process.groupID, SIGCONT) }
  }

  /// Asks the supervisor; says whether it did what it was asked.
  @discardableResult
  private func ask(_ request: SupervisorRequest) -> Bool {
    guard var client = try? SupervisorClient(workplace.directory.session(task.session), asking: request),
      let reply = try? client.nextReply(timeoutMilliseconds: Self.patienceMilliseconds)
    else { return false }
    return reply == .done(task.id)
  }

  // MARK: - Without it

  /// On a terminal that is not the task's: Ctrl-C is sent on, Ctrl-Z only leaves.
  private func followFromElsewhere() throws -> Int32 {
    let signals = try SignalDescriptor([.interrupt, .terminalStop])
    var isLeaving = false
    try live.loop.watch(signals.descriptor) { [unowned self] _ in
      while let signal = signals.next() {
        if signal == .interrupt { ask(.signal(.interrupt, [task.id])) } else { isLeaving = true }
      }
    }
    return try follow { isLeaving }
  }

  private func follow(until isLeaving: () -> Bool = { false }) throws -> Int32 {
    try copyNew()
    while !state.isFinal {
      if isLeaving() { return try leaveDetached() }
      if state == .waitingForInput {
        Console.complain("\(task.id) waits for input; 'fg \(task.id)' in its own session hands it the terminal")
        return ExitStatus.waitsForInput
      }
      try turn(until: nil)
    }
    return try leaveEnded()
  }

  private func turn(until deadline: MonotonicInstant?) throws {
    try watch.turn(until: [deadline, live.nextLook, isBehind ? .now : nil].compactMap { $0 }.min())
    try copyNew()
  }

  private func copyNew() throws {
    isBehind = try follower?.copyNew(to: .standardOutput) ?? false
  }

  // MARK: - Leaving

  private func leaveDetached() throws -> Int32 {
    try copyNew()
    let subject = Notice.subject(command: task.command, name: task.name)
    Console.remark(["[\(task.id)] detached: \(subject)"])
    return ExitStatus.done
  }

  private func leaveEnded() throws -> Int32 {
    try follower?.finish(to: .standardOutput)
    // Nothing of the output with it: that has just been seen.
    Console.remark([watch[task.id]?.endHeadline].compactMap { $0 })
    try workplace.acknowledge(try workplace.dueNotices(about: [task.id]))
    return state.end?.shellStatus ?? ExitStatus.bgshFailed
  }

  /// Of output of which nothing has been seen yet.
  private static let shownLines = 20
  /// How long a supervisor may take to answer, and a task to go on.
  private static let patienceMilliseconds: Int64 = 1_000
}

extension TaskState {
  fileprivate var isStopped: Bool { self == .paused || self == .waitingForInput }
}
