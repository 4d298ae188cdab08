import Advice
import ArgumentParser
import Connections
import ProcessControl
import StateFiles
import SystemPackage
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

  @Flag(help: "Only one of the files of a task that was started with --split.")
  var stream: Stream?

  @Argument(help: ArgumentHelp("The tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    if let lines, lines < 0 { throw ValidationError("-n needs a number of lines, not \(lines)") }
    if digest, follow || new || lines != nil || grep != nil || stream != nil {
      throw ValidationError("--digest goes with no other option")
    }
    do {
      _ = try pattern()
    } catch {
      throw ValidationError("'\(VisibleText.word(error.text))' is no regular expression: \(error.reason)")
    }
  }

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let pattern = try pattern()
    let named = try workplace.tasks(for: references.isEmpty ? ["@@"] : references)
    if digest { return try showDigests(of: named) }
    var hasFailed = named.contains { $0 == nil }
    var seen: Set<TaskID> = []
    let tasks = named.compactMap { $0 }.filter { !follow || seen.insert($0.id).inserted }
    var readings: [Reading] = []
    for task in tasks {
      for file in files(of: task) {
        do throws(CommandFailure) {
          let output = try CapturedOutput(of: task, file)
          let mark = workplace.seenMark(of: task.id, file)
          let start = try start(in: output, seen: mark?.offset ?? 0, pattern)
          let prefix = follow && tasks.count > 1 ? "\(task.id) | " : nil
          let follower = OutputFollower(
            output, from: start, prefix: prefix, matching: pattern, mark: follow && movesMark ? mark : nil)
          readings.append((task, file, follower))
        } catch {
          Console.complain(error.description)
          hasFailed = true
        }
      }
    }
    if follow {
      try followAll(readings, in: workplace)
    } else {
      for (task, file, follower) in readings {
        try follower.finish(to: .standardOutput)
        if movesMark { try? workplace.seenMark(of: task.id, file)?.move(to: follower.offset) }
      }
    }
    if lines == nil, grep == nil {
      // What was read to the end after the task had ended is all there is.
      let read = readings.map(\.task).filter { (follow || $0.state.isFinal) && files(of: $0) == $0.output.files }
      try workplace.acknowledge(try workplace.dueNotices(about: Set(read.map(\.id)).sorted()))
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }

  private func showDigests(of tasks: [BackgroundTask?]) throws -> Int32 {
    var hasFailed = tasks.contains { $0 == nil }
    for task in tasks.compactMap({ $0 }) {
      do throws(CommandFailure) {
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

  private func pattern() throws(LinePatternError) -> LinePattern? {
    guard let grep else { return nil }
    return try LinePattern(grep)
  }

  /// Whether the session has seen afterwards what is shown: all of it, or what it asked for as new.
  private var movesMark: Bool { new || lines == nil && grep == nil }

  /// Where to begin.
  private func start(
    in output: borrowing CapturedOutput, seen: Int64, _ pattern: LinePattern?
  ) throws(CommandFailure) -> Int64 {
    // A file that has become shorter is new as a whole.
    let first = new && seen <= output.size ? seen : 0
    guard let lines else { return first }
    if let pattern { return try output.startOfLastLines(lines, matching: pattern, from: first) }
    return max(first, try output.startOfLastLines(lines))
  }

  /// Which files of a task are meant.
  private func files(of task: BackgroundTask) -> [OutputFile] {
    switch stream {
    case nil: task.output.files
    case .stdout: [.output]
    case .stderr: [.error]
    }
  }

  private typealias Reading = (task: BackgroundTask, file: OutputFile, follower: OutputFollower)

  private func followAll(_ readings: [Reading], in workplace: Workplace) throws {
    let live = LiveOutput(readings.map(\.task), loop: try EventLoop())
    let watch = try TaskWatch(readings.map(\.task), in: workplace, loop: live.loop)
    var unfinished = readings
    while true {
      var isBehind = false
      for (task, _, follower) in unfinished {
        if watch[task.id]?.state.isFinal ?? true {
          try follower.finish(to: .standardOutput)
        } else if try follower.copyNew(to: .standardOutput) {
          isBehind = true
        }
      }
      unfinished.removeAll { watch[$0.task.id]?.state.isFinal ?? true }
      guard !unfinished.isEmpty else { return }
      try watch.turn(until: isBehind ? .now : live.nextLook)
    }
  }
}
