import Connections
import ProcessControl
import StateFiles
package import Tasks

/// Reads what tasks have written, once or until they have ended.
package final class OutputReader {
  private struct Reading {
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
    for task in tasks {
      for file in selection.files(of: task) {
        do throws(OperationFailure) {
          let output = try CapturedOutput(of: task, file)
          let mark = client.seenMark(of: task.id, file)
          let start = try selection.start(in: output, seen: mark?.offset ?? 0)
          let follower = OutputFollower(
            output, from: start, prefix: follows && tasks.count > 1 ? "\(task.id) | " : nil,
            matching: selection.pattern,
            mark: follows && selection.movesMark ? mark : nil)
          readings.append(Reading(task: task, file: file, follower: follower))
        } catch {
          failures.append(error)
        }
      }
    }
    self.readings = readings
    self.failures = failures
  }

  /// Gives all that there is now.
  package func readAll(to write: ([UInt8]) throws -> Void) throws {
    for reading in readings {
      try reading.follower.finish(to: write)
      guard selection.movesMark else { continue }
      try? client.seenMark(of: reading.task.id, reading.file)?.move(to: reading.follower.offset)
    }
  }

  /// Gives what is written until the tasks have ended.
  package func follow(to write: ([UInt8]) throws -> Void) throws {
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
      guard !unfinished.isEmpty else { return }
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
