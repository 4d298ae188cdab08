import Connections
import ProcessControl
import StateFiles
package import Tasks

/// Reads what tasks have written, once or until they have ended.
package final class OutputReader {
  private struct Reading {
    /// Of the tasks that were asked for.
    let position: Int
    let task: BackgroundTask
    let file: OutputFile
    let follower: OutputFollower
  }

  private let client: TaskClient
  private let selection: OutputSelection
  private let readings: [Reading]
  private let follows: Bool
  /// Why some of the files cannot be read.
  package let failures: [OperationFailure]

  /// Opens the files.
  ///
  /// - Parameter follows: Whether ``follow(to:)`` will be called: where there are several tasks, each line then begins with
  ///   its task.
  package init(of tasks: [BackgroundTask], _ selection: OutputSelection, follows: Bool, by client: TaskClient) {
    self.client = client
    self.selection = selection
    self.follows = follows
    var readings: [Reading] = []
    var failures: [OperationFailure] = []
    for (position, task) in tasks.enumerated() {
      for file in selection.files(of: task) {
        do throws(OperationFailure) {
          let output = try CapturedOutput(of: task, file)
          let mark = client.seenMark(of: task.id, file)
          let start = try selection.start(in: output, seen: mark?.offset ?? 0)
          let follower = OutputFollower(
            output, from: start, prefix: follows && tasks.count > 1 ? "\(task.id) | " : nil,
            matching: selection.pattern,
            mark: follows && selection.movesMark ? mark : nil)
          readings.append(Reading(position: position, task: task, file: file, follower: follower))
        } catch {
          failures.append(error)
        }
      }
    }
    self.readings = readings
    self.failures = failures
  }

  /// Gives all that there is now, of several tasks each under a line with its number and name, `==> @7 tests <==`.
  ///
  /// - Parameter remark: Hears of a task, when its turn has come, that there is nothing.
  package func readAll(to write: ([UInt8]) throws -> Void, whereEmpty remark: (BackgroundTask) -> Void) throws {
    let areSeveral = Set(readings.map(\.position)).count > 1
    var position: Int?
    var isAtLineStart = true
    for (index, reading) in readings.enumerated() {
      if areSeveral, reading.position != position {
        let gap = position == nil ? "" : isAtLineStart ? "\n" : "\n\n"
        try write(Array("\(gap)\(reading.task.heading)\n".utf8))
        isAtLineStart = true
      }
      let isFirst = reading.position != position
      position = reading.position
      var isEmpty = true
      try reading.follower.finish { bytes in
        guard let last = bytes.last else { return }
        (isEmpty, isAtLineStart) = (false, last == UInt8(ascii: "\n"))
        try write(bytes)
      }
      let isOnly = isFirst && (index + 1 == readings.count || readings[index + 1].position != position)
      if isEmpty, isOnly { remark(reading.task) }
      guard selection.movesMark else { continue }
      try? client.seenMark(of: reading.task.id, reading.file)?.move(to: reading.follower.offset)
    }
  }

  /// Gives what is written until the tasks have ended.
  ///
  /// - Returns: The tasks as they have ended.
  package func follow(to write: ([UInt8]) throws -> Void) throws -> [BackgroundTask] {
    let live = LiveOutput(readings.map(\.task), loop: try TaskWatch.makeLoop())
    let watch = try TaskWatch(readings.map(\.task), by: client, on: live.loop)
    var unfinished = readings
    while true {
      var isBehind = false
      for reading in unfinished {
        if watch[reading.task.id]?.state.isFinal ?? true {
          try reading.follower.finish(to: write)
        } else if try reading.follower.copyNew(to: write) {
          isBehind = true
        }
      }
      unfinished.removeAll { watch[$0.task.id]?.state.isFinal ?? true }
      guard !unfinished.isEmpty else {
        var told: Set<TaskID> = []
        return readings.filter { told.insert($0.task.id).inserted }.compactMap { watch[$0.task.id] }
      }
      try watch.turn(until: isBehind ? .now : live.nextLook)
    }
  }

  /// Records that the ends of the tasks need not be told any more, whose output was read to the end.
  package func acknowledge() throws(OperationFailure) {
    guard selection.lastLines == nil, selection.pattern == nil else { return }
    // What was read to the end after the task had ended is all there is.
    let read = readings.map(\.task).filter {
      (follows || $0.state.isFinal) && selection.files(of: $0) == $0.output.files
    }
    try client.acknowledgeDue(about: Set(read.map(\.id)).sorted())
  }
}

extension BackgroundTask {
  /// What stands above its output among that of others: `==> @7 tests <==`.
  package var heading: String { "==> \(id)\(name.map { " \(VisibleText.line($0.text.utf8))" } ?? "") <==" }
}
