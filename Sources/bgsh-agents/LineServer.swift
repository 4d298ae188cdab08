import Agents
import Notices
import ProcessControl
import TaskOperations
import Tasks

/// `bgsh tool`: a call on each line of standard input, its result on a line of standard output, in the same order.
final class LineServer {
  private let service: ToolService
  private let channel: ProgramChannel
  private let emitsEvents: Bool
  /// The calls whose results have not been written, in their order.
  private var slots: [Slot] = []
  /// The tasks that events have told of, with their last state.
  private var shownStates: [TaskID: (session: String, state: String)] = [:]
  private var shownNotifications: Set<Int64> = []
  /// The sessions that are looked at again soon.
  private var looking: Set<String> = []

  private final class Slot {
    let id: JSONValue
    let session: AgentSession
    let arrival = MonotonicInstant.now
    var reply: Reply?

    /// Whether the program may have given up by now.
    var isLate: Bool { arrival.milliseconds(until: .now) > Agents.Limits.lateMilliseconds }

    init(id: JSONValue, session: AgentSession) {
      self.id = id
      self.session = session
    }
  }

  init(options: ShellOptions, emitsEvents: Bool) throws {
    (channel, service) = try ProgramChannel.serve(options: options)
    self.emitsEvents = emitsEvents
    channel.heard = { [unowned self] line in handle(line) }
    channel.isBusy = { [unowned self] in !slots.isEmpty }
    service.launched = { [unowned self] session, id, call in tellOfLaunch(session, id, call) }
    // What happens together is told together.
    service.notified = { [unowned self] session in
      service.clock.after(Self.recordPause) { [unowned self] in look(at: session) }
    }
  }

  /// Serves until the other side has gone, or a signal says that it is over.
  func run() throws { try channel.run() }

  private static let recordPause = Duration.milliseconds(20)
  private static let lookPause = Duration.milliseconds(500)

  // MARK: Requests

  private func handle(_ line: RequestLines.Line) {
    let bytes: [UInt8]
    switch line {
    case .tooLong: return refuse(.tooLong, id: .null)
    case .whole(let whole): bytes = whole
    }
    guard bytes.contains(where: { !" \t\r".utf8.contains($0) }) else { return }
    guard let call = JSONValue(reading: bytes) else { return refuse(.noJSON, id: .null) }
    let id = call["id"] ?? .null
    do throws(ToolProblem) {
      guard case .object = call else { throw .noCall("this line is no object") }
      if let type = call["type"], type.string != "tool_use" {
        throw .noCall("this is no call: 'type' is to be \"tool_use\"")
      }
      guard let name = call["name"]?.string else { throw .noCall("'name' is missing: the tool to call") }
      guard let tool = ToolName(name) else { throw .noTool(name) }
      let input = call["input"] ?? .null
      let request = try ToolRequest(tool: tool, input: input)
      let slot = Slot(id: id, session: service.session(named: SessionName.of(input) ?? SessionName.standard))
      slots.append(slot)
      service.perform(request, in: slot.session) { [unowned self] reply in
        slot.reply = reply
        writeResults()
      }
    } catch {
      refuse(error, id: id)
    }
  }

  private func refuse(_ problem: ToolProblem, id: JSONValue) {
    let slot = Slot(id: id, session: service.session(named: SessionName.standard))
    slot.reply = Reply(text: "bgsh: \(problem)", isError: true)
    slots.append(slot)
    writeResults()
  }

  // MARK: Results

  private func writeResults() {
    while let slot = slots.first, let reply = slot.reply {
      slots.removeFirst()
      write(reply, of: slot)
    }
    channel.leaveIfDone()
  }

  private func write(_ reply: Reply, of slot: Slot) {
    // Before the result, which acknowledges it.
    tellOfChanges(slot.session, service.due(to: slot.session))
    let delivery = service.delivery(of: reply, to: slot.session)
    let result = JSONValue.object([
      ("type", .string("tool_result")),
      ("tool_use_id", slot.id),
      ("content", .array(delivery.texts.map { .object([("type", .string("text")), ("text", .string($0))]) })),
      ("is_error", .bool(delivery.isError)),
    ])
    let isLate = slot.isLate
    channel.write(result.line) { [unowned self] in
      if isLate { service.takeBackOnce(delivery) } else { service.commit(delivery) }
    }
  }

  // MARK: Events

  private func emit(_ members: [(String, JSONValue)]) {
    if emitsEvents { channel.write(JSONValue.object(members).line) }
  }

  private func tellOfLaunch(_ session: String, _ id: TaskID, _ call: ToolRequest.BashCall) {
    guard emitsEvents else { return }
    shownStates[id] = (session, TaskState.Live.running.rawValue)
    emit([
      ("type", .string("task_started")), ("task_id", .number(id.rawValue)), ("session", .string(session)),
      ("name", JSONValue(call.name)), ("command", .string(call.command)), ("description", JSONValue(call.description)),
      ("timeout_ms", JSONValue(call.timeoutMilliseconds)),
    ])
    look(at: service.session(named: session))
  }

  /// Tells of what is due, and looks again as long as something runs: a look may fail, as when the database is
  /// locked.
  private func look(at session: AgentSession) {
    guard emitsEvents else { return }
    tellOfChanges(session, service.due(to: session))
    let runs = shownStates.values.contains { $0.session == session.name && $0.state == TaskState.Live.running.rawValue }
    guard runs, looking.insert(session.name).inserted else { return }
    service.clock.after(Self.lookPause) { [unowned self] in
      looking.remove(session.name)
      look(at: session)
    }
  }

  private func tellOfChanges(_ session: AgentSession, _ due: [Notice]) {
    guard emitsEvents else { return }
    for notice in due where shownNotifications.insert(notice.notification.id).inserted {
      let task = notice.task
      if shownStates[task.id]?.state != task.state.text {
        shownStates[task.id] = (session.name, task.state.text)
        emit([
          ("type", .string("task_updated")), ("session", .string(session.name)), ("task_id", .number(task.id.rawValue)),
          ("task", task.shortRecord(now: .now)),
        ])
      }
      guard let text = NotificationText.text([notice], digest: ToolService.digest) else { continue }
      emit([
        ("type", .string("task_notification")), ("session", .string(session.name)),
        ("task_id", .number(task.id.rawValue)), ("status", .string(NotificationText.status(notice))),
        ("text", .string(text)),
      ])
    }
    if shownNotifications.count > Self.mostRemembered {
      shownNotifications.formIntersection(due.map(\.notification.id))
      let tasks = Set(due.map(\.task.id))
      shownStates = shownStates.filter { service.task($0.key)?.state.isFinal == false || tasks.contains($0.key) }
    }
  }

  private static let mostRemembered = 1_000
}
