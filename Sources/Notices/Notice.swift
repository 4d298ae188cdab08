package import ProcessControl
import StateFiles
package import Tasks

/// A notification with its task, put into words.
package struct Notice: Hashable, Sendable {
  package let notification: TaskNotification
  package let task: BackgroundTask

  package init(notification: TaskNotification, task: BackgroundTask) {
    self.notification = notification
    self.task = task
  }

  /// The line that the launching shell prints: `[@7 tests] started: npm test`.
  package static func started(_ id: TaskID, name: TaskName?, command: String) -> String {
    headline(of: id, name, "started", "", command: command, .plain)
  }

  /// The line that says that a task goes on in the background: `[@7 tests] detached: npm test`.
  package static func detached(_ task: BackgroundTask, style: NoticeStyle = .plain) -> String {
    headline(of: task.id, task.name, "detached", "", command: task.command, style)
  }

  /// The line that says what happened: `[@7 tests] failed (exit 1) after 1m32s: npm test`.
  package func headline(now: Timestamp, style: NoticeStyle = .plain) -> String {
    let state = style.mark(of: self) + stateText
    let line = Self.headline(
      of: task.id, task.name, state, circumstances(now: now), command: matchedLine ?? task.command, style)
    if wasAskedFor { return style.coloured(line, .faint) }
    let tag = Self.tag(task.id, task.name) + " "
    return tag + style.coloured(state, style.tone(of: self)) + line.dropFirst(tag.count + state.count)
  }

  /// The number, and the name behind it, never cut: `[@7 tests]`.
  package static func tag(_ id: TaskID, _ name: TaskName?) -> String {
    "[\(id)\(name.map { " \(VisibleText.line($0.text.utf8))" } ?? "")]"
  }

  /// One row of the screen, unless the name is too long for that: the command gives way, on a narrow screen also the
  /// circumstances.
  private static func headline(
    of id: TaskID, _ name: TaskName?, _ state: String, _ circumstances: String, command: String, _ style: NoticeStyle
  ) -> String {
    let (opening, limit) = ("\(tag(id, name)) \(state)", style.columns ?? .max)
    func line(_ beginning: String) -> String {
      let room = style.columns.map { max(Limits.narrowestCommand, $0 - DisplayWidth.of(beginning)) }
      let shown = CommandText.line(
        command, columnLimit: room ?? Tasks.Limits.commandColumns, ellipsis: style.ellipsis)
      return beginning + shown
    }
    let whole = line("\(opening)\(circumstances): ")
    guard !circumstances.isEmpty, DisplayWidth.of(whole) > limit else { return whole }
    let short = line("\(opening): ")
    return DisplayWidth.of(short) > limit ? whole : short
  }

  /// Whether there is no point in showing it any more: a task that waited and does so no longer, or one that could not be
  /// ended in time and has ended since, of which another notice tells.
  package var isStale: Bool {
    switch notification.event {
    case .waitingForInput: task.state != .waitingForInput
    case .timedOut: task.endedAt.map { notification.at < $0 } ?? false
    default: false
    }
  }

  /// Whether it is no news: somebody has asked for this end.
  package var wasAskedFor: Bool { task.endedBy == .kill && task.state.isFinal && notification.event != .matched }

  /// What is told of in place of the command: the line that matched.
  private var matchedLine: String? { notification.event == .matched ? task.matchedLine : nil }

  /// What happened, in two or three words.
  package var stateText: String {
    switch notification.event {
    case .done: "done\(ender.map { " (ended by \($0))" } ?? "")"
    case .failed: "failed (\(Self.exitText(task.state.exitCode))\(ender.map { ", ended by \($0)" } ?? ""))"
    case .killed: "killed (\(killer))"
    case .timedOut: "timed out"
    case .skipped: "skipped"
    case .lost: "lost"
    case .waitingForInput: "waiting for input"
    case .limited: "output over \(SizeText.text(task.outputLimitBytes)), the middle is dropped"
    case .matched: "matched"
    }
  }

  /// How long it took, when that was, and what else there is to know.
  private func circumstances(now: Timestamp) -> String {
    let age = now.milliseconds &- notification.at.milliseconds
    let moment = age < Limits.youngMilliseconds ? "" : " at \(LocalTime.clock(notification.at, seenAt: now))"
    switch notification.event {
    case .done, .failed, .killed: return after(task.durationMilliseconds) + moment + hiddenFailures + remains + loss
    case .timedOut: return after(task.timeoutMilliseconds ?? task.durationMilliseconds) + moment + resistance
    case .waitingForInput: return age < 1_000 ? "" : " for \(DurationText.text(milliseconds: age))"
    case .skipped, .limited: return moment
    case .matched:
      return after(task.startedAt.map { max(0, notification.at.milliseconds &- $0.milliseconds) }) + moment
    // When it was lost is not known.
    case .lost: return ""
    }
  }

  /// That a time limit could not be kept: the task was out of bgsh's reach.
  private var resistance: String {
    if !task.state.isFinal { return ", but cannot be ended" }
    guard task.state.exceededLimit, task.endedBy == nil else { return loss }
    return ", but ended by itself\(after(task.durationMilliseconds))\(loss)"
  }

  /// The members of its last pipeline that failed although it did not: `, but pytest exited 1`.
  private var hiddenFailures: String {
    guard notification.event == .done, let statuses = task.pipeStatus else { return "" }
    let names = PipelineMembers.names(in: task.command, count: statuses.count)
    // Who has enough ends the one before by SIGPIPE.
    let failures = statuses.indices.filter { ![0, 128 + Signal.pipe.rawValue].contains(statuses[$0]) }.map { index in
      let name = names.map { VisibleText.line($0[index].utf8, columnLimit: Limits.widestMember) }
      return "\(name ?? "command \(index + 1) of its pipeline") exited \(statuses[index])"
    }
    return failures.isEmpty ? "" : ", but \(failures.joined(separator: ", "))"
  }

  /// How many of its processes were left when it ended by itself.
  private var remains: String {
    switch task.leftProcesses {
    case ...0: ""
    case 1: ", 1 process left running"
    case let count: ", \(count) processes left running"
    }
  }

  /// What is not there of the output, for a reason that nothing else tells of.
  private var loss: String {
    if task.output.isRemoved { return ", its output dropped" }
    let overwritten = task.output.overwrittenInAll
    return overwritten > 0 ? ", \(ByteCountText.text(overwritten)) of its output overwritten" : ""
  }

  private func after(_ milliseconds: Int64?) -> String {
    milliseconds.map { " after \(DurationText.text(milliseconds: $0))" } ?? ""
  }

  /// What ended a task that then took its leave in its own way, where nobody asked for that.
  private var ender: String? {
    switch task.endedBy {
    case .limit, .disk: task.endedBy?.rawValue
    default: nil
    }
  }

  private var killer: String {
    let signal = task.state.signal.map(Self.signalText) ?? "a signal"
    return task.endedBy.map { "\(signal), by \($0.rawValue)" } ?? signal
  }

  /// `exit 1`, or `exit 139, SIGSEGV`.
  package static func exitText(_ code: Int32?) -> String {
    guard let code else { return "exit unknown" }
    guard (129...192).contains(code) else { return "exit \(code)" }
    let name = Signal(rawValue: code - 128).name
    return Int32(name) == nil ? "exit \(code), SIG\(name)" : "exit \(code)"
  }

  /// `SIGTERM`, or `signal 33` for one without a name.
  package static func signalText(_ signal: Signal) -> String {
    Int32(signal.name) == nil ? "SIG\(signal.name)" : "signal \(signal.rawValue)"
  }
}

extension NoticeStyle {
  /// A sign and a blank, where there are signs.
  fileprivate func mark(of notice: Notice) -> String {
    switch marks {
    case .none: ""
    case .ascii: "\(tone(of: notice).asciiMark) "
    case .unicode: "\(tone(of: notice).mark) "
    }
  }

  fileprivate func tone(of notice: Notice) -> Tone {
    switch notice.notification.event {
    case .done, .matched: .good
    case .failed, .killed, .lost: .bad
    case .timedOut, .limited: .late
    case .waitingForInput: .asking
    case .skipped: .faint
    }
  }
}

extension NoticeStyle.Tone {
  fileprivate var mark: String {
    switch self {
    case .good: "✔"
    case .bad: "✘"
    case .late: "⏱"
    case .asking: "?"
    case .faint: "–"
    }
  }

  fileprivate var asciiMark: String {
    switch self {
    case .good: "+"
    case .bad: "x"
    case .late: "!"
    case .asking: "?"
    case .faint: "-"
    }
  }
}
