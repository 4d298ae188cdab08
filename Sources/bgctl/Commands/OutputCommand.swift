import Advice
import ArgumentParser
import Notices
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Prints what tasks have written.
struct OutputCommand: JobCommand {
  /// What is asked for where not everything is.
  enum Stream: String, EnumerableFlag {
    case stdout
    case stderr

    static func help(for value: Stream) -> ArgumentHelp? {
      switch value {
      case .stdout: "Only standard output; of a task without --split, everything."
      case .stderr: "Only standard error, of tasks with --split."
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "output", abstract: "Print what tasks have written.",
    discussion: "Without a task: the newest of this session. Of several with -f, each line is prefixed.")

  @Flag(name: [.customShort("f"), .long], help: "Go on with what is written until the task has ended.")
  var follow = false

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only the last lines.", valueName: "count"))
  var lines: Int?

  @Flag(help: "Only what this session has not seen yet.")
  var new = false

  @Option(help: ArgumentHelp("Only lines that match this extended regular expression.", valueName: "regex"))
  var grep: String?

  @Flag(help: "Only what matters: at most 5 lines, as 'bgsh digest' prints them.")
  var digest = false

  @Flag(help: "Print where the output is, and not what.")
  var path = false

  @Flag(help: "Only one of the files of a task that was started with --split.")
  var stream: Stream?

  @Argument(help: ArgumentHelp("The tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    if let lines, lines < 0 { throw ValidationError("-n needs a number of lines, not \(lines)") }
    if digest, follow || new || lines != nil || grep != nil || stream != nil {
      throw ValidationError("--digest goes with no other option")
    }
    if path, follow || new || lines != nil || grep != nil || digest {
      throw ValidationError("--path goes with --stdout and --stderr only")
    }
    do {
      _ = try selection()
    } catch {
      throw ValidationError("'\(VisibleText.word(error.text))' is no regular expression: \(error.reason)")
    }
  }

  func perform() throws -> Int32 {
    let client = try TaskClient.ofCaller()
    let selection = try selection()
    let named = try client.namedTasks(references.isEmpty ? ["@@"] : references)
    if digest { return try showDigests(of: named) }
    if path { return try showPaths(of: named, selection) }
    var seen: Set<TaskID> = []
    let tasks = named.compactMap { $0 }.filter { !follow || seen.insert($0.id).inserted }
    let reader = OutputReader(of: tasks, selection, follows: follow, by: client)
    for failure in reader.failures { Console.complain(failure.description) }
    var isAtLineStart = true
    func write(_ bytes: [UInt8]) throws {
      if let last = bytes.last { isAtLineStart = last == UInt8(ascii: "\n") }
      try Console.write(bytes)
    }
    let isOnTerminal = Terminal(.standardOutput) != nil
    if follow {
      let ended = try reader.follow(to: write)
      if isOnTerminal, !isAtLineStart { try Console.write([UInt8(ascii: "\n")]) }
      Console.remark(ended.compactMap { $0.endHeadline(style: Console.remarkStyle) })
    } else {
      let isPlain = !new && grep == nil
      try reader.readAll(to: write) { task in
        if isOnTerminal && isPlain { Console.remark([Self.emptiness(of: task, now: .now)]) }
      }
      // A prompt begins a line.
      if isOnTerminal, !isAtLineStart { try Console.write([UInt8(ascii: "\n")]) }
    }
    try reader.acknowledge()
    return named.contains { $0 == nil } || !reader.failures.isEmpty ? ExitStatus.failed : ExitStatus.done
  }

  /// `(no output yet, running 12s)`
  private static func emptiness(of task: BackgroundTask, now: Timestamp) -> String {
    guard !task.state.isFinal else { return "(no output)" }
    let time = task.startedAt.map { " " + DurationText.text(milliseconds: now.milliseconds &- $0.milliseconds) } ?? ""
    return "(no output yet, \(task.state.text)\(time))"
  }

  private func showPaths(of tasks: [BackgroundTask?], _ selection: OutputSelection) throws -> Int32 {
    var hasFailed = tasks.contains { $0 == nil }
    for task in tasks.compactMap({ $0 }) {
      for file in selection.file.map({ [$0] }) ?? task.output.files {
        do throws(OperationFailure) {
          _ = try CapturedOutput(of: task, file)
        } catch {
          Console.complain(error.description)
          hasFailed = true
          continue
        }
        try Console.print([task.output.path(of: file)].compactMap { $0 })
      }
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }

  private func showDigests(of tasks: [BackgroundTask?]) throws -> Int32 {
    var hasFailed = tasks.contains { $0 == nil }
    for (index, task) in tasks.compactMap({ $0 }).enumerated() {
      if tasks.count > 1 { try Console.print((index == 0 ? [] : [""]) + [task.heading]) }
      do throws(OperationFailure) {
        for file in task.output.files { _ = try CapturedOutput(of: task, file) }
      } catch {
        Console.complain(error.description)
        hasFailed = true
        continue
      }
      try Console.print(Digest.linesAlone(of: task))
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }

  private func selection() throws(LinePatternError) -> OutputSelection {
    var selection = OutputSelection()
    selection.lastLines = lines
    selection.isOnlyNew = new
    selection.pattern = try grep.map { (text) throws(LinePatternError) in try LinePattern(text) }
    selection.file = stream.map { $0 == .stdout ? .output : .error }
    return selection
  }
}
