import Notices
package import ProcessControl
import StateFiles
package import Tasks

/// Everything known about one task, as `why` says it.
package struct TaskAccount {
  private let task: BackgroundTask
  private let isOwn: Bool
  /// What the task left behind when it ended.
  private let remains: [TaskTree.Process]
  /// Those of its processes that must not be signalled.
  private let outOfReach: [TaskTree.Process]
  /// The end of each file of its output, safe to show; without those that are gone.
  private let lastLines: [OutputFile: [String]]

  package init(of task: BackgroundTask, by client: TaskClient) throws(OperationFailure) {
    let tree = try TaskProcesses(of: [task.session], by: client).tree(of: task)
    self.task = task
    isOwn = task.session == client.session
    remains = (task.state.isFinal ? tree.members : []).map { TaskTree.Process($0) }
    outOfReach = tree.outOfReach.map { TaskTree.Process($0.member) }
    var lastLines: [OutputFile: [String]] = [:]
    for file in task.output.files { lastLines[file] = task.output.path(of: file).flatMap(Self.lastLines) }
    self.lastLines = lastLines
  }

  /// All of it in lines that are safe to show.
  package func lines(now: Timestamp) -> [String] {
    var facts: [(String, String)] = []
    func fact(_ name: String, _ value: String?) {
      if let value { facts.append((name, value)) }
    }
    let commandLines = task.command.utf8.split(separator: UInt8(ascii: "\n")).map { VisibleText.line($0) }
    fact("command", commandLines.first ?? "")
    for line in commandLines.dropFirst() { fact("", line) }
    fact("name", task.name.map { "@\(VisibleText.word($0.text))" })
    fact("purpose", task.description.map { VisibleText.word($0) })
    fact("directory", VisibleText.line(task.workingDirectory.utf8))
    fact("session", task.session.rawValue + (isOwn ? " (this one)" : ""))
    fact("state", stateText)
    fact("ended by", task.endedBy.map(Self.text))
    fact("queued", startIsLate ? LocalTime.text(task.queuedAt) : nil)
    fact("started", task.startedAt.map { LocalTime.text($0) })
    fact(task.state == .lost ? "found lost" : "ended", task.endedAt.map { LocalTime.text($0) })
    let running = task.runningMilliseconds(now: now)
    fact(task.state.isFinal ? "ran for" : "running for", running.map { DurationText.text(milliseconds: $0) })
    fact("time limit", task.timeoutMilliseconds.map { limitText($0) })
    fact("processor", task.usage.map(Self.processorText))
    fact("peak memory", task.usage.map { "\(ByteCountText.text($0.peakMemoryKiB * 1_024)) (largest process)" })
    fact("process", task.processID.map { String($0) })
    for (index, process) in remains.enumerated() {
      fact(index == 0 ? "left behind" : "", "\(process.id) \(process.command)")
    }
    for (index, process) in outOfReach.enumerated() {
      fact(index == 0 ? "out of reach" : "", "\(process.id) \(process.command)")
    }
    fact("attempt", task.attempt > 1 ? String(task.attempt) : nil)
    for file in task.output.files { fact(file == .output ? "output" : "stderr", text(of: file)) }
    let width = facts.map(\.0.utf8.count).max() ?? 0
    var lines = [headline]
    lines += facts.map { name, value in
      "  \(name)\(String(repeating: " ", count: width - name.utf8.count))  \(value)"
    }
    for file in task.output.files {
      guard let last = lastLines[file], !last.isEmpty else { continue }
      lines.append(file == .output ? "  last lines" : "  last lines of standard error")
      lines += last.map { "    " + $0 }
    }
    return lines
  }

  private var headline: String {
    task.endHeadline()
      ?? "\(Notice.tag(task.id, task.name)) \(task.state.text): \(CommandText.line(task.command))"
  }

  private var stateText: String {
    switch task.state {
    case .ended(.exited(let code)): "exited with status \(code)"
    case .ended(.killed(let signal)): "killed by \(Notice.signalText(signal))"
    case .ended(.timedOut(.exited(let code)?)): "\(limitPassed); it then exited with status \(code)"
    case .ended(.timedOut(.killed(let signal)?)): "\(limitPassed); it was ended by \(Notice.signalText(signal))"
    case .ended(.timedOut(nil)): limitPassed
    case .ended(.skipped): "skipped: it was never started"
    case .ended(.lost): "lost: its supervisor was gone when it ended, nobody can know its exit status"
    case .live(.waitingForInput): "waiting for input; 'fg \(task.id)' hands it the terminal"
    case .live(let state): state.rawValue
    }
  }

  private var limitPassed: String {
    task.endedBy == nil ? "its time limit passed, and bgsh could not end it" : "timed out"
  }

  /// A start right after the request is no news.
  private var startIsLate: Bool {
    guard let startedAt = task.startedAt else { return true }
    return startedAt.milliseconds - task.queuedAt.milliseconds >= 1_000
  }

  private func limitText(_ milliseconds: Int64) -> String {
    let grace = DurationText.text(milliseconds: task.killAfterMilliseconds)
    return "\(DurationText.text(milliseconds: milliseconds)), then \(grace) until SIGKILL"
  }

  private func text(of file: OutputFile) -> String? {
    guard let path = task.output.path(of: file).map({ VisibleText.line($0.utf8) }) else { return nil }
    guard lastLines[file] != nil else {
      let size = ByteCountText.text(task.output.bytes)
      return "\(path) (\(task.output.isRemoved ? "\(size), dropped: BGSH_KEEP keeps no more" : "missing"))"
    }
    let overwritten = task.output.overwrittenBytes[file] ?? 0
    var (bytes, dropped) = (task.currentOutputBytes, task.currentDroppedBytes - overwritten)
    // The record has what both are together.
    if task.output.stderrPath != nil, let captured = try? CapturedOutput(of: task, file) {
      (bytes, dropped) = (captured.size + overwritten, captured.missingBytes)
    }
    var losses = ""
    if dropped > 0 {
      losses += ", \(ByteCountText.text(dropped)) of it dropped beyond \(SizeText.text(task.outputLimitBytes))"
    }
    if overwritten > 0 { losses += ", \(ByteCountText.text(overwritten)) of it overwritten by the task itself" }
    return "\(path) (\(ByteCountText.text(bytes))\(losses))"
  }

  private static func processorText(_ usage: ResourceUsage) -> String {
    let user = DurationText.text(milliseconds: usage.userMilliseconds)
    return "\(user) user, \(DurationText.text(milliseconds: usage.systemMilliseconds)) system"
  }

  private static func text(_ endedBy: EndedBy) -> String {
    switch endedBy {
    case .kill: "kill"
    case .timeout: "its time limit"
    case .limit: "the limit of its output"
    case .disk: "bgsh, because the disk was full"
    case .session: "the end of its session"
    }
  }

  private static func lastLines(of path: String) -> [String]? {
    guard let excerpt = OutputExcerpt(path: path, tailLimit: shownBytes) else { return nil }
    let bytes = excerpt.bytes
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast(bytes.last == UInt8(ascii: "\n") || bytes.isEmpty ? 1 : 0).suffix(shownLines)
      .map { VisibleText.line(lastOverprint(of: $0), escapeSequences: .removed, columnLimit: 200) }
  }

  /// What a terminal would still show of a line that a progress bar has written over again and again.
  private static func lastOverprint(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let carriageReturn = UInt8(ascii: "\r")
    let trimmed = line.last == carriageReturn ? line.dropLast() : line
    return trimmed.lastIndex(of: carriageReturn).map { trimmed[($0 + 1)...] } ?? trimmed
  }

  private static let shownLines = 10
  private static let shownBytes = 1 << 16
}
