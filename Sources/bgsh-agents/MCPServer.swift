import Agents
import ProcessControl
import TaskOperations
import Tasks

/// `bgsh mcp`: the tools over the Model Context Protocol, a message on each line of standard input and output.
final class MCPServer {
  private let service: ToolService
  private let channel: ProgramChannel
  private let keepsTasks: Bool
  /// What was agreed upon by `initialize`.
  private var connectionEra: ProtocolEra?
  private var pending: [PendingRequest] = []
  /// What was written last, by the requests: one may be cancelled before its answer has been read.
  private var written: [(id: RequestID, delivery: Delivery)] = []

  init(options: ShellOptions) throws {
    (channel, service) = try ProgramChannel.serve(options: options)
    keepsTasks = options.keepsTasks
    channel.heard = { [unowned self] line in hear(line) }
    channel.isBusy = { [unowned self] in !pending.isEmpty }
  }

  /// Serves until the other side has gone, or a signal says that it is over.
  func run() throws { try channel.run() }

  // MARK: Messages

  private func hear(_ line: RequestLines.Line) {
    switch line {
    case .tooLong: refuse(.tooLong, id: nil, batch: nil)
    case .whole(let bytes):
      guard bytes.contains(where: { !" \t\r".utf8.contains($0) }) else { return }
      guard let value = JSONValue(reading: bytes) else { return refuse(.unreadable, id: nil, batch: nil) }
      guard case .array(let elements) = value, connectionEra?.hasBatches == true, !elements.isEmpty else {
        return take(IncomingMessage(value), batch: nil)
      }
      take(elements.map { IncomingMessage($0) })
    }
  }

  private func take(_ messages: [IncomingMessage]) {
    let answered = messages.count {
      switch $0 {
      case .request, .wrong: true
      case .notification, .answer: false
      }
    }
    let batch = RequestBatch(count: answered)
    for message in messages { take(message, batch: batch) }
  }

  private func take(_ message: IncomingMessage, batch: RequestBatch?) {
    switch message {
    case .answer: break
    case .notification(let method, let parameters):
      if method == "notifications/cancelled", let id = parameters["requestId"].flatMap(RequestID.init) { cancel(id) }
    case .wrong(let error, let id): refuse(error, id: id, batch: batch)
    case .request(let request):
      do throws(ProtocolError) {
        try answer(request, batch: batch)
      } catch {
        refuse(error, id: request.id, batch: batch)
      }
    }
  }

  private func refuse(_ error: ProtocolError, id: RequestID?, batch: RequestBatch?) {
    let era = connectionEra ?? .july2026
    send(OutgoingMessage.error(error, to: id, in: era), batch: batch)
  }

  private func send(_ message: JSONValue?, batch: RequestBatch?, told: @escaping () -> Void = {}) {
    guard let batch else {
      if let message { channel.write(message.line, told: told) }
      return
    }
    if let whole = batch.close(with: message, told: told) { channel.write(whole.message.line, told: whole.told) }
  }

  // MARK: Requests

  private func answer(_ request: IncomingMessage.Request, batch: RequestBatch?) throws(ProtocolError) {
    if request.method == "initialize" { return try beginConnection(request, batch: batch) }
    let meta = try RequestMeta(request, on: connectionEra)
    let reply = { [self] (members: [(String, JSONValue)]) in
      send(OutgoingMessage.result(members, to: request.id, in: meta.era), batch: batch)
    }
    switch (request.method, meta.era.hasHandshake) {
    case ("ping", true): reply([])
    case ("server/discover", false): reply(OutgoingMessage.discovery(keepsTasks: keepsTasks))
    case ("tools/list", _):
      guard request.parameters["cursor"]?.isNull ?? true else {
        throw .wrongParameters("this cursor was not given out here")
      }
      reply(OutgoingMessage.tools(in: meta.era))
    case ("tools/call", _): try call(request, meta, batch: batch)
    case ("tasks/get", false), ("tasks/cancel", false), ("tasks/update", false):
      guard meta.acceptsTasks else { throw .undeclaredTasks }
      let task = try task(request)
      let pending = PendingRequest(id: request.id, meta: meta, batch: batch)
      switch request.method {
      case "tasks/get": tell(task, to: pending)
      case "tasks/cancel": cancel(task, for: pending)
      // Nothing is asked of the host, so there is nothing to take.
      default: reply([])
      }
    default: throw .noMethod(request.method)
    }
  }

  private func beginConnection(_ request: IncomingMessage.Request, batch: RequestBatch?) throws(ProtocolError) {
    guard batch == nil else { throw .invalidRequest("'initialize' is to come alone") }
    guard let version = request.parameters["protocolVersion"]?.string else {
      throw .wrongParameters("'protocolVersion' is missing")
    }
    let era = ProtocolEra(rawValue: version).flatMap { $0.hasHandshake ? $0 : nil } ?? .newestWithHandshake
    connectionEra = era
    send(
      OutgoingMessage.result(OutgoingMessage.handshake(in: era, keepsTasks: keepsTasks), to: request.id, in: era),
      batch: nil)
  }

  // MARK: Calls

  private func call(_ request: IncomingMessage.Request, _ meta: RequestMeta, batch: RequestBatch?) throws(ProtocolError)
  {
    guard let name = request.parameters["name"]?.string else { throw .wrongParameters("'name' is missing") }
    guard let tool = ToolName(name) else { throw .noTool(name) }
    let input = request.parameters["arguments"] ?? .null
    let session = service.session(named: SessionName.of(input) ?? meta.threadID ?? SessionName.standard)
    let pending = PendingRequest(id: request.id, meta: meta, batch: batch)
    self.pending.append(pending)
    let understood: ToolRequest
    do throws(ToolProblem) {
      understood = try ToolRequest(tool: tool, input: input).within(milliseconds: Agents.Limits.longestCallMilliseconds)
    } catch {
      return finish(pending, with: Reply(text: "bgsh: \(error)", isError: true), of: session)
    }
    pending.abandon = service.perform(understood, in: session) { [unowned self, pending] reply in
      finish(pending, with: reply, of: session)
    }
    tellProgress(of: pending)
  }

  /// Takes a request from those that wait. False if nobody waits for its answer any more.
  private func close(_ request: PendingRequest) -> Bool {
    service.clock.cancel(request.progressAlarm)
    guard let index = pending.firstIndex(where: { $0 === request }) else { return false }
    pending.remove(at: index)
    return true
  }

  private func finish(_ request: PendingRequest, with reply: Reply, of session: AgentSession) {
    guard close(request) else { return }
    if let id = reply.launched, request.meta.acceptsTasks, let task = service.recordedTask(id) {
      service.leaveToHost(id)
      return send(
        OutgoingMessage.result(PolledTask(task).members, to: request.id, in: request.meta.era, type: "task"),
        batch: request.batch)
    }
    let delivery = service.delivery(of: reply, to: session)
    // Some hosts show the first text only.
    let text = delivery.texts.joined(separator: "\n\n")
    write(OutgoingMessage.content(text, isError: delivery.isError), of: delivery, to: request)
  }

  private func write(_ members: [(String, JSONValue)], of delivery: Delivery, to request: PendingRequest) {
    let isLate = request.isLate
    if !delivery.notices.isEmpty { written.append((request.id, delivery)) }
    if written.count > Self.mostRemembered { written.removeFirst() }
    send(OutgoingMessage.result(members, to: request.id, in: request.meta.era), batch: request.batch) {
      [unowned self] in
      if isLate { service.takeBackOnce(delivery) } else { service.commit(delivery) }
    }
  }

  /// Who cancels what has been answered has not read the answer.
  private static let mostRemembered = 64

  /// The wait ends, never a task; there is no answer.
  private func cancel(_ id: RequestID) {
    for request in pending where request.id == id && close(request) {
      request.abandon()
      send(nil, batch: request.batch)
    }
    for answer in written where answer.id == id { service.takeBack(answer.delivery) }
    written.removeAll { $0.id == id }
    channel.leaveIfDone()
  }

  private func tellProgress(of request: PendingRequest) {
    guard let token = request.meta.progressToken, pending.contains(where: { $0 === request }) else { return }
    request.progressAlarm = service.clock.after(Self.progressPause) { [unowned self, request] in
      channel.write(
        OutgoingMessage.progress(seconds: request.seconds, token: token, in: request.meta.era).line)
      tellProgress(of: request)
    }
  }

  private static let progressPause = Duration.seconds(1)

  // MARK: Tasks that the host asks for

  private func task(_ request: IncomingMessage.Request) throws(ProtocolError) -> BackgroundTask {
    guard let id = request.parameters["taskId"]?.string else { throw .wrongParameters("'taskId' is missing") }
    guard let number = Int64(id), let task = service.recordedTask(TaskID(rawValue: number)) else { throw .noTask(id) }
    return task
  }

  private func tell(_ task: BackgroundTask, to request: PendingRequest) {
    let shown = PolledTask(task)
    guard task.state.isFinal else {
      return send(OutgoingMessage.result(shown.members, to: request.id, in: request.meta.era), batch: nil)
    }
    var members = shown.members
    if shown.status == .completed { members.append(("result", shown.result(showing: service.shownLines(of: task)))) }
    write(members, of: service.delivery(telling: task), to: request)
  }

  private func cancel(_ task: BackgroundTask, for request: PendingRequest) {
    do {
      try service.beginEnding(task)
      send(OutgoingMessage.result([], to: request.id, in: request.meta.era), batch: nil)
    } catch {
      refuse(.internalFailure("task \(task.id.rawValue) cannot be ended: \(error)"), id: request.id, batch: nil)
    }
  }
}
