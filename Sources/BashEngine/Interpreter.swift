import Glibc
package import ProcessControl
package import SystemPackage
import Tasks

/// The bash process of a session, seen from bgsh: it is handed lines and asked for its state.
///
/// Waiting for an answer turns the event loop, so that whatever else was registered there goes on.
package final class Interpreter {
  private let loop: EventLoop
  private let channels: SupervisorStart.Channels
  private var reader = MarkReader()
  private var eventText = ""
  private var isSettling = false
  /// Counts what bash is asked: an end mark that answers an earlier question is stale.
  private var question = 0
  /// When patience with the line that runs ends, after the terminal has closed.
  private var hangUpEnds: MonotonicInstant?

  /// How bash ended, once it has.
  package private(set) var end: WaitStatus?
  package let processID: Int32
  /// Whether the supervisor has gone although bash is still there.
  package private(set) var hasLostSupervisor = false
  /// The state that the last line left, and the next one finds.
  package private(set) var state = LineEnd()

  private var launchFailures: [String] = []

  /// What has been said since the last time of tasks that were confirmed and could not be started.
  package func takeLaunchFailures() -> [String] {
    defer { launchFailures = [] }
    return launchFailures
  }

  /// Whether the session has ever had anything to tell.
  package private(set) var hasNotifications = false

  /// Called when the supervisor has gone although bash is still there.
  package var supervisorLost: () -> Void = {}

  /// Called when bash has stopped itself, as `suspend` does.
  package var shellStopped: () -> Void = {}

  package init(loop: EventLoop, channels: SupervisorStart.Channels) throws(Errno) {
    self.loop = loop
    self.channels = channels
    processID = channels.bashProcessID
    try channels.events.stopBlocking()
    try loop.watch(channels.events) { [unowned self] _ in readEvents() }
    if let marks = channels.marks {
      try marks.stopBlocking()
      try loop.watch(marks) { [unowned self] _ in readMarks() }
    }
  }

  // MARK: Asking

  /// Waits until bash has read its startup files and is ready for lines. False if it ended before.
  ///
  /// - Parameter readsGlue: Whether bash is to be told to read it; one with startup files reads it as one of them.
  package func awaitReadiness(readsGlue: Bool = false) -> Bool {
    question += 1
    if readsGlue { write(Glue.call + [UInt8(ascii: "\n")]) }
    write(LineProtocol.end(question))
    guard let end = awaitEnd() else { return false }
    state = end
    return true
  }

  /// Runs one line, or several that belong together, and returns what it left; nil if bash has ended.
  ///
  /// - Parameters:
  ///   - line: bash source, rewritten.
  ///   - entry: The history entry that it makes; nil for none.
  package func evaluate(_ line: [UInt8], entry: [UInt8]?) -> LineEnd? {
    ask(LineProtocol.run(line, entry: entry, after: state))
    guard let end = awaitRun() else { return nil }
    state = end
    return end
  }

  /// Runs PROMPT_COMMAND; what it leaves in `$?` and `$_` does not count. False if bash has ended.
  package func runPromptCommand() -> Bool {
    ask(LineProtocol.runPromptCommand(after: state))
    guard var end = awaitRun() else { return false }
    (end.status, end.underscore) = (state.status, state.underscore)
    state = end
    return true
  }

  /// PS1 as bash would show it, its invisible parts between 0x01 and 0x02; nil if bash has ended.
  ///
  /// - Parameter runningTasks: What `BGSH_RUNNING` is from now on.
  package func primaryPrompt(runningTasks: Int) -> [UInt8]? {
    prompt(.primary, runningTasks: runningTasks)
  }

  /// PS2 likewise.
  package func continuationPrompt(runningTasks: Int) -> [UInt8]? {
    prompt(.continuation, runningTasks: runningTasks)
  }

  /// What bash has said since the last time of jobs that have changed, whole lines.
  package func takeJobNotices() -> [UInt8] {
    reader.takeJobNotices()
  }

  private func prompt(_ prompt: LineProtocol.Prompt, runningTasks: Int) -> [UInt8]? {
    ask(LineProtocol.prompt(prompt, after: state, runningTasks: runningTasks))
    while let mark = nextMark() {
      switch mark {
      case .prompt(let text): return text
      // An interrupt while it was expanded, or an error in it, and bash has dropped the question.
      case .ended(_, question: question): return Array("$ ".utf8)
      default: continue
      }
    }
    return nil
  }

  /// The history list as bash has it, as the `history` builtin prints it; nil if bash has ended.
  package func history() -> [UInt8]? {
    ask(LineProtocol.history)
    while let mark = nextMark() {
      switch mark {
      case .history(let text): return text
      case .ended(_, question: question): return nil
      default: continue
      }
    }
    return nil
  }

  /// Adds an entry to bash's history list.
  package func keepHistoryEntry(_ entry: [UInt8]) {
    write(LineProtocol.keep(entry))
  }

  /// Removes the newest entry of bash's history list.
  package func forgetNewestHistoryEntry() {
    write(LineProtocol.forgetNewestEntry)
  }

  /// Sets `$?` for the next line and prompt, as an interrupted prompt does.
  package func setStatus(_ status: Int32) {
    state.status = status
  }

  /// Waits until every task that has been launched is on record, but not for long: a launch that was interrupted is never
  /// recorded, and the supervisor may be held up.
  package func settle() {
    // One that has not answered yet is not asked again.
    guard !hasLostSupervisor, !isSettling else { return }
    guard (try? channels.events.writeWhole([0])) != nil else { return }
    isSettling = true
    let end = MonotonicInstant.now.advanced(milliseconds: Self.settleMilliseconds)
    while isSettling, !hasLostSupervisor {
      let left = MonotonicInstant.now.milliseconds(until: end)
      guard left > 0 else { return }
      turn(milliseconds: left)
    }
  }

  private static let settleMilliseconds: Int64 = 250

  /// The terminal has closed: bash ends as it does then, its history written. While a line runs, bash would not write
  /// it; so the programs of the line are told first, as bash would tell them, and given a moment to end.
  package func hangUp() {
    write(LineProtocol.hangUp)
    for child in ProcessState.children(of: processID).compactMap(ProcessState.init(processID:)) {
      kill(-child.groupID, SIGHUP)
      kill(-child.groupID, SIGCONT)
    }
    hangUpEnds = MonotonicInstant.now.advanced(milliseconds: Self.hangUpMilliseconds)
  }

  private static let hangUpMilliseconds: Int64 = 500

  private func enforceHangUp() {
    guard let hangUpEnds, hangUpEnds <= .now else { return }
    self.hangUpEnds = nil
    kill(processID, SIGHUP)
    kill(processID, SIGCONT)
  }

  /// Waits until bash has ended and returns how; nil if nobody can know.
  package func awaitShellEnd() -> WaitStatus? {
    while end == nil {
      // Without a supervisor bash is a child of this process, which `reapChildren` tells of.
      if hasLostSupervisor, kill(processID, 0) != 0 { break }
      turn(milliseconds: hangUpEnds == nil && !hasLostSupervisor ? nil : Self.hangUpMilliseconds)
      enforceHangUp()
    }
    return end
  }

  /// Reaps this process's children. Bash is one of them once its supervisor has gone: then this is how its end is known.
  package func reapChildren() {
    while let child = ReapedChild.next() {
      if child.processID == processID, child.status.isFinal, end == nil { end = child.status }
    }
  }

  // MARK: Waiting

  /// Waits for the begin mark of a line, asks for its end, and waits for that. A line that bash has dropped, interrupted
  /// while it read it, has an end and no beginning.
  private func awaitRun() -> LineEnd? {
    while let mark = nextMark() {
      switch mark {
      case .begun:
        write(LineProtocol.end(question))
        return awaitEnd()
      case .ended(let end, question: question): return end
      default: continue
      }
    }
    return nil
  }

  private func awaitEnd() -> LineEnd? {
    while let mark = nextMark() {
      if case .ended(let end, question: question) = mark { return end }
    }
    return nil
  }

  /// The next mark, or nil when bash has ended.
  private func nextMark() -> Mark? {
    while true {
      readMarks()
      if let mark = reader.next() { return mark }
      if end != nil { return nil }
      let isSilent = !turn(milliseconds: hangUpEnds == nil ? Self.silenceMilliseconds : Self.hangUpMilliseconds)
      enforceHangUp()
      // Bash drops what it has read ahead when it is interrupted. A second end mark does no harm.
      if isSilent, let control = channels.control, control.bytesUnreadByPeer == 0 {
        write(LineProtocol.end(question))
      }
    }
  }

  /// How long bash may have read everything and said nothing before it is asked again.
  private static let silenceMilliseconds: Int64 = 1_000

  @discardableResult
  private func turn(milliseconds: Int64? = nil) -> Bool {
    do throws(Errno) {
      return try loop.turn(milliseconds: milliseconds)
    } catch {
      // Without an event loop nothing can be waited for any more.
      hasLostSupervisor = true
      return true
    }
  }

  /// Writes what is to be answered.
  private func ask(_ bytes: [UInt8]) {
    question += 1
    write(bytes)
  }

  private func write(_ bytes: [UInt8]) {
    // Bash is gone if nobody reads; its end is told by its supervisor.
    try? channels.control?.writeWhole(bytes)
  }

  // MARK: Receiving

  private func readMarks() {
    guard let marks = channels.marks else { return }
    while let bytes = try? marks.readSome() {
      guard !bytes.isEmpty else { return loop.ignore(marks) }
      reader.append(bytes)
    }
  }

  private func readEvents() {
    while let bytes = try? channels.events.readSome() {
      guard !bytes.isEmpty else {
        loop.ignore(channels.events)
        if end == nil {
          hasLostSupervisor = true
          supervisorLost()
        }
        return
      }
      eventText += String(decoding: bytes, as: UTF8.self)
    }
    while let newline = eventText.firstIndex(of: "\n") {
      let line = eventText[..<newline]
      if let event = SupervisorEvent(line: line) { handle(event) }
      eventText.removeSubrange(...newline)
    }
  }

  private func handle(_ event: SupervisorEvent) {
    switch event {
    case .shellStopped: shellStopped()
    case .shellEnded(let status): end = status
    case .settled: isSettling = false
    case .notified: hasNotifications = true
    case .unstarted(let id, let reason): launchFailures.append("\(id) was not started: \(reason)")
    }
  }
}
