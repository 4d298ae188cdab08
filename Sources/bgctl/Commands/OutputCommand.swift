import ArgumentParser
import ProcessControl
import SystemPackage
import Tasks

/// Prints what tasks have written.
struct OutputCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "output", abstract: "Print what tasks have written.",
    discussion: "Without a task: the newest of this session. Of several with -f, each line is prefixed.")

  @Flag(name: [.customShort("f"), .long], help: "Go on with what is written until the task has ended.")
  var follow = false

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only the last lines.", valueName: "count"))
  var lines: Int?

  @Argument(help: ArgumentHelp("The tasks.", valueName: "task"))
  var references: [String] = []

  func validate() throws {
    if let lines, lines < 0 { throw ValidationError("-n needs a number of lines, not \(lines)") }
  }

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let named = try workplace.tasks(for: references.isEmpty ? ["@@"] : references)
    var hasFailed = named.contains { $0 == nil }
    var seen: Set<TaskID> = []
    let tasks = named.compactMap { $0 }.filter { !follow || seen.insert($0.id).inserted }
    var followers: [(task: BackgroundTask, follower: OutputFollower)] = []
    for task in tasks {
      do throws(CommandFailure) {
        let output = try CapturedOutput(of: task)
        let start = try lines.map { (count) throws(CommandFailure) in try output.startOfLastLines(count) } ?? 0
        let prefix = follow && tasks.count > 1 ? "\(task.id) | " : nil
        let mark = follow && lines == nil ? workplace.seenMark(of: task.id) : nil
        followers.append((task, OutputFollower(output, from: start, prefix: prefix, mark: mark)))
      } catch {
        Console.complain(error.description)
        hasFailed = true
      }
    }
    if follow {
      try followAll(followers, in: workplace)
    } else {
      for (task, follower) in followers {
        try follower.finish(to: .standardOutput)
        if lines == nil { try? workplace.seenMark(of: task.id)?.move(to: follower.offset) }
      }
    }
    if lines == nil {
      // What was read to the end after the task had ended is all there is.
      let read = followers.map(\.task).filter { follow || $0.state.isFinal }
      try workplace.acknowledge(try workplace.dueNotices(about: read.map(\.id)))
    }
    return hasFailed ? ExitStatus.failed : ExitStatus.done
  }

  private func followAll(
    _ followers: [(task: BackgroundTask, follower: OutputFollower)], in workplace: Workplace
  ) throws {
    let live = LiveOutput(followers.map(\.task), loop: try EventLoop())
    let watch = try TaskWatch(followers.map(\.task), in: workplace, loop: live.loop)
    var unfinished = followers
    while true {
      var isBehind = false
      for (task, follower) in unfinished {
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
