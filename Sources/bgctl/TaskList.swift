import Notices
import ProcessControl
import TaskOperations
import Tasks

/// Tasks in a table, one a line.
struct TaskList {
  private let tasks: [BackgroundTask]
  private let isLong: Bool
  private let processes: TaskProcesses?
  private let now: Timestamp

  init(_ tasks: [BackgroundTask], isLong: Bool, processes: TaskProcesses?, now: Timestamp) {
    self.tasks = tasks
    self.isLong = isLong
    self.processes = processes
    self.now = now
  }

  func lines(columns: Int?) -> [String] {
    guard !tasks.isEmpty else { return [] }
    let showsEnd = tasks.contains { $0.endedAt != nil }
    var table: TextTable
    if isLong {
      table = TextTable([.left, .left, .right, .left, .right, .right, .right, .left, .left], flexibleColumn: 7)
      table.append(["TASK", "STATE", "TIME", "ENDED", "PID", "CPU", "MEMORY", "COMMAND", "DIRECTORY"])
    } else if showsEnd {
      table = TextTable([.left, .left, .right, .left, .left], flexibleColumn: 4)
    } else {
      table = TextTable([.left, .left, .right, .left], flexibleColumn: 3)
    }
    for task in tasks {
      let time = task.runningMilliseconds(now: now).map { DurationText.text(milliseconds: $0) } ?? "-"
      let subject = Notice.subject(command: task.command, name: task.name)
      var row = [task.id.description, task.stateSummary, time]
      if isLong || showsEnd { row.append(age(of: task)) }
      if isLong {
        row += [processIDs(of: task), processorTime(of: task), memory(of: task), subject]
        row.append(directory(of: task))
      } else {
        row.append(subject)
      }
      table.append(row, keeping: task.name.map { " (@\(VisibleText.word($0.text)))" } ?? "")
    }
    return table.lines(columns: columns)
  }

  /// Of a task that has ended: its own if nothing is left, else those of what it left behind.
  private func processIDs(of task: BackgroundTask) -> String {
    let left = task.state.isFinal ? (try? processes?.members(of: task)) ?? [] : []
    guard !left.isEmpty else { return task.processID.map { String($0) } ?? "-" }
    let shown = left.prefix(Self.shownProcesses).map { String($0.processID) }.joined(separator: " ")
    return "left: \(shown)\(left.count > Self.shownProcesses ? " …" : "")"
  }

  private static let shownProcesses = 3

  /// The directory, with `~` for the user's home.
  private func directory(of task: BackgroundTask) -> String {
    let path = task.workingDirectory
    if let home = Environment["HOME"], home != "/", path == home || path.hasPrefix(home + "/") {
      return VisibleText.word("~" + path.dropFirst(home.count))
    }
    return VisibleText.word(path)
  }

  private func age(of task: BackgroundTask) -> String {
    guard let endedAt = task.endedAt else { return isLong ? "-" : "" }
    let seconds = max(0, now.milliseconds - endedAt.milliseconds) / 1_000
    return "\(DurationText.text(milliseconds: seconds * 1_000)) ago"
  }

  private func processorTime(of task: BackgroundTask) -> String {
    guard let usage = task.usage else { return "-" }
    return DurationText.text(milliseconds: usage.userMilliseconds + usage.systemMilliseconds)
  }

  private func memory(of task: BackgroundTask) -> String {
    task.usage.map { ByteCountText.text($0.peakMemoryKiB * 1_024) } ?? "-"
  }
}
