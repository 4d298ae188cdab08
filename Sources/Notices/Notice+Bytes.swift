import ProcessControl
import Tasks

/// A notice on its way from one process to another of the same program: fields in a fixed order that end with a NUL each.
///
/// What is nil has an empty field, and what may be empty a mark before it.
extension Notice {
  package var bytes: [UInt8] {
    var fields = FieldWriter()
    fields.add(notification.id)
    fields.add(notification.taskID.rawValue)
    fields.add(notification.session.rawValue)
    fields.add(notification.event.rawValue)
    fields.add(notification.at.milliseconds)
    fields.add(notification.deliveredAt?.milliseconds)
    fields.add(task.id.rawValue)
    fields.add(task.session.rawValue)
    fields.add(marked: task.name?.text)
    fields.add(task.rawCommand.bytes)
    fields.add(marked: task.description)
    fields.add(task.rawDirectory.bytes)
    fields.add(task.state.text)
    fields.add(task.state.exitCode.map(Int64.init))
    fields.add(task.state.signal.map { Int64($0.rawValue) })
    fields.add(task.endedBy?.rawValue ?? "")
    fields.add(task.processID.map(Int64.init))
    fields.add(task.processStartTicks.map(Int64.init(clamping:)))
    fields.add(marked: task.bootID)
    fields.add(Int64(task.attempt))
    fields.add(task.queuedAt.milliseconds)
    fields.add(task.startedAt?.milliseconds)
    fields.add(task.endedAt?.milliseconds)
    fields.add(task.durationMilliseconds)
    fields.add(task.timeoutMilliseconds)
    fields.add(task.killAfterMilliseconds)
    fields.add(task.isQuiet ? 1 : 0)
    fields.add(task.outputLimitBytes)
    fields.add(task.hasNoInput ? 1 : 0)
    fields.add(task.endsWithShell ? 1 : 0)
    fields.add(task.output.path)
    fields.add(task.output.bytes)
    fields.add(task.output.droppedBytes)
    fields.add(marked: task.output.stderrPath)
    fields.add(task.output.overwrittenBytes[.output])
    fields.add(task.output.overwrittenBytes[.error])
    fields.add(task.usage?.userMilliseconds)
    fields.add(task.usage?.systemMilliseconds)
    fields.add(task.usage?.peakMemoryKiB)
    fields.add(marked: task.notifyPattern)
    fields.add(marked: task.matchedLine)
    fields.add(marked: task.pipeStatus.map { $0.map { String($0) }.joined(separator: " ") })
    fields.add(Int64(task.leftProcesses))
    return fields.bytes
  }

  /// Reads ``bytes``; nil for anything else.
  package init?(bytes: [UInt8]) {
    var fields = FieldReader(bytes: bytes)
    guard let id = fields.integer(), let taskID = fields.integer(), let session = SessionID(rawValue: fields.text()),
      let event = TaskNotification.Event(rawValue: fields.text()), let at = fields.integer()
    else { return nil }
    let notification = TaskNotification(
      id: id, taskID: TaskID(rawValue: taskID), session: session, event: event, at: Timestamp(milliseconds: at),
      deliveredAt: fields.integer().map(Timestamp.init(milliseconds:)))
    guard let own = fields.integer(), let taskSession = SessionID(rawValue: fields.text()) else { return nil }
    let name = fields.marked().map(TaskName.init(recorded:))
    let command = RawText(fields.next())
    let description = fields.marked()
    let directory = RawText(fields.next())
    let state = TaskState(
      text: fields.text(), exitCode: fields.integer().map(Int32.init(clamping:)),
      signal: fields.integer().map { Signal(rawValue: Int32(clamping: $0)) })
    let endedBy = EndedBy(rawValue: fields.text())
    let processID = fields.integer().map(Int32.init(clamping:))
    let ticks = fields.integer().map(UInt64.init(clamping:))
    let bootID = fields.marked()
    guard let state, let attempt = fields.integer(), let queuedAt = fields.integer() else { return nil }
    let startedAt = fields.integer().map(Timestamp.init(milliseconds:))
    let endedAt = fields.integer().map(Timestamp.init(milliseconds:))
    let duration = fields.integer()
    let timeout = fields.integer()
    guard let killAfter = fields.integer(), let quiet = fields.integer(), let limit = fields.integer(),
      let noInput = fields.integer(), let endsWithShell = fields.integer()
    else { return nil }
    let path = fields.text()
    guard let bytes = fields.integer(), let dropped = fields.integer() else { return nil }
    var output = BackgroundTask.Output(
      path: path, bytes: bytes, droppedBytes: dropped, stderrPath: fields.marked())
    if let overwritten = fields.integer() { output.overwrittenBytes[.output] = overwritten }
    if let overwritten = fields.integer() { output.overwrittenBytes[.error] = overwritten }
    var usage: ResourceUsage?
    let (user, system, peak) = (fields.integer(), fields.integer(), fields.integer())
    if let user, let system, let peak {
      usage = ResourceUsage(userMilliseconds: user, systemMilliseconds: system, peakMemoryKiB: peak)
    }
    let (pattern, line) = (fields.marked(), fields.marked())
    let pipeStatus = fields.marked().map { $0.split(separator: " ").compactMap { Int32($0) } }
    guard let leftProcesses = fields.integer(), fields.isWhole else { return nil }
    var task = BackgroundTask(
      id: TaskID(rawValue: own), session: taskSession, name: name, command: command, description: description,
      workingDirectory: directory, state: state, endedBy: endedBy, processID: processID, processStartTicks: ticks,
      bootID: bootID, attempt: Int(attempt), queuedAt: Timestamp(milliseconds: queuedAt), startedAt: startedAt,
      endedAt: endedAt, durationMilliseconds: duration, timeoutMilliseconds: timeout, killAfterMilliseconds: killAfter,
      isQuiet: quiet != 0, outputLimitBytes: limit, hasNoInput: noInput != 0, endsWithShell: endsWithShell != 0,
      output: output, usage: usage)
    (task.notifyPattern, task.matchedLine, task.pipeStatus) = (pattern, line, pipeStatus)
    task.leftProcesses = Int(leftProcesses)
    self.init(notification: notification, task: task)
  }
}

private struct FieldWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: [UInt8]) {
    bytes += field
    bytes.append(0)
  }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ number: Int64?) { add(number.map { String($0) } ?? "") }

  mutating func add(marked text: String?) { add(text.map { "=" + $0 } ?? "") }
}

private struct FieldReader {
  let bytes: [UInt8]
  private var offset = 0
  /// Whether a field was asked for that is not there.
  private var isShort = false

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Whether all fields were there, and nothing else.
  var isWhole: Bool { !isShort && offset == bytes.count }

  mutating func next() -> [UInt8] {
    guard let end = bytes[offset...].firstIndex(of: 0) else {
      isShort = true
      return []
    }
    defer { offset = end + 1 }
    return Array(bytes[offset..<end])
  }

  mutating func text() -> String { String(decoding: next(), as: UTF8.self) }

  mutating func integer() -> Int64? { Int64(text()) }

  mutating func marked() -> String? {
    let text = text()
    return text.isEmpty ? nil : String(text.dropFirst())
  }
}
