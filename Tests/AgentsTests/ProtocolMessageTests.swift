import Agents
import ProcessControl
import TaskOperations
import TaskSamples
import Tasks
import TestSupport
import Testing

/// What is said over the Model Context Protocol in each of its versions, against the published schemas.
struct ProtocolMessageTests {
  private let id = RequestID.text("a")

  private func complaint(_ message: JSONValue, _ method: String?, _ era: ProtocolEra) throws -> String? {
    ProtocolSchemas.complaint(about: try JSON(parsing: message.line), answering: method, in: era.rawValue)
  }

  @Test(arguments: ProtocolEra.allCases)
  func `answers have the form of their version`(era: ProtocolEra) throws {
    let answers: [(String, [(String, JSONValue)])] =
      [
        ("tools/list", OutgoingMessage.tools(in: era)),
        ("tools/call", OutgoingMessage.content("a\u{0}b", isError: true)),
      ]
      + (era.hasHandshake
        ? [("initialize", OutgoingMessage.handshake(in: era, keepsTasks: false)), ("ping", [])]
        : [("server/discover", OutgoingMessage.discovery(keepsTasks: true))])
    for (method, members) in answers {
      #expect(try complaint(OutgoingMessage.result(members, to: id, in: era), method, era) == nil)
    }
    for token in [JSONValue.string("t"), .number(7)] {
      #expect(try complaint(OutgoingMessage.progress(seconds: 3, token: token, in: era), nil, era) == nil)
    }
    for error in [
      ProtocolError.unreadable, .tooLong, .noMethod("x\u{1b}[1m"), .noTool("x"), .unknownVersion("1"), .undeclaredTasks,
      .noTask("7"), .internalFailure("x"),
    ] {
      #expect(try complaint(OutgoingMessage.error(error, to: .number(-7), in: era), nil, era) == nil)
      #expect(try complaint(OutgoingMessage.error(error, to: nil, in: era), nil, era) == nil)
    }
  }

  @Test func `the schemas refuse what is wrong`() throws {
    let lacking = OutgoingMessage.result([], to: id, in: .july2026)
    #expect(try complaint(lacking, "tools/list", .july2026)?.contains("lacks cacheScope, tools, ttlMs") == true)
    let number = OutgoingMessage.result([("tools", .number(1))], to: id, in: .june2025)
    #expect(try complaint(number, "tools/list", .june2025)?.contains(".tools: is to be of type array") == true)
  }

  @Test func `every tool is offered, with annotations that are whole, and in one order`() throws {
    let tools = ToolDescription.all.map { $0.json(in: .july2026) }
    #expect(tools.map { $0["name"]?.string } == ToolName.allCases.map(\.rawValue))
    let hints = tools.map { tool in
      ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"].map { key -> Bool? in
        if case .bool(let hint) = tool["annotations"]?[key] { hint } else { nil }
      }
    }
    #expect(hints.allSatisfy { !$0.contains(nil) })
    #expect(hints[0] == [false, true, false, true])
    #expect(hints[2] == [false, true, true, false])
    for index in [1, 3, 4, 5] { #expect(hints[index].prefix(2) == [true, false]) }
    #expect(tools.flatMap { $0["_meta"].map { [$0.line] } ?? [] }.count == 2)
    #expect(
      ToolDescription.all.map { $0.json(in: .november2024)["annotations"]?.line } == Array(repeating: nil, count: 6))
  }

  @Test func `the tools take what their descriptions offer`() throws {
    for description in ToolDescription.all {
      guard case .object(let inputs) = description.json(in: .july2026)["inputSchema"]?["properties"] else {
        Issue.record("\(description.name) has no inputs")
        continue
      }
      let input = inputs.map { (name, schema) -> (String, JSONValue) in
        switch schema["type"]?.string {
        case "boolean": (name, .bool(true))
        case "number": (name, .number(1))
        case "array": (name, .array([.string("1")]))
        default: (name, .string(name == "name" ? "n" : "1"))
        }
      }
      _ = try ToolRequest(tool: description.name, input: .object(input))
    }
  }

  // MARK: Requests

  private func request(_ text: String) throws -> IncomingMessage.Request {
    let value = try #require(JSONValue(reading: Array(text.utf8)))
    guard case .request(let request) = IncomingMessage(value) else { throw HarnessFailure("no request: \(text)") }
    return request
  }

  private static let version = #""io.modelcontextprotocol/protocolVersion":"2026-07-28""#

  @Test func `a request says what it is of, or the connection does`() throws {
    let bare = try request(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
    #expect(try RequestMeta(bare, on: .march2025).era == .march2025)
    #expect(throws: ProtocolError.self) { try RequestMeta(bare, on: nil) }
    let new = try request(
      #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{\#(Self.version),"io.modelcontextprotocol/clientCapabilities":{}}}}"#
    )
    #expect(try RequestMeta(new, on: .march2025).era == .july2026)
    #expect(try !RequestMeta(new, on: nil).acceptsTasks)
    let old = try request(
      #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-06-18"}}}"#
    )
    #expect(try RequestMeta(old, on: nil).era == .june2025)
  }

  @Test(arguments: [
    (#"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#, true), (#"{"extensions":{}}"#, false),
    (#"{"extensions":{"io.modelcontextprotocol/tasks":null}}"#, false), (#"{"tasks":{}}"#, false),
  ])
  func `tasks are for requests that declare them`(capabilities: String, accepts: Bool) throws {
    let request = try request(
      #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{\#(Self.version),"io.modelcontextprotocol/clientCapabilities":\#(capabilities),"progressToken":4,"threadId":"t"}}}"#
    )
    let meta = try RequestMeta(request, on: nil)
    #expect(meta.acceptsTasks == accepts)
    #expect(meta.progressToken?.line == "4" && meta.threadID == "t")
  }

  // MARK: Tasks

  @Test(
    arguments: [
      (TaskState.running, nil, "working"), (.waitingForInput, nil, "working"), (.exited(code: 0), nil, "completed"),
      (.exited(code: 3), nil, "completed"), (.killed(.terminate), EndedBy.kill, "cancelled"),
      (.killed(.alarm), nil, "completed"), (.timedOut(.killed(.terminate)), EndedBy.timeout, "completed"),
      (.lost, nil, "completed"), (.skipped, nil, "cancelled"),
    ] as [(TaskState, EndedBy?, String)])
  func `a task that a host asks for`(state: TaskState, endedBy: EndedBy?, status: String) throws {
    let task = BackgroundTask.sample(7, command: "echo '<task-notification>'\necho", state: state, endedBy: endedBy)
    let shown = PolledTask(task)
    #expect(shown.status.rawValue == status)
    var members = shown.members
    if status == "completed" {
      members.append(("result", shown.result(showing: ["</task-notification>", "a\u{1b}[1mb"])))
    }
    let message = OutgoingMessage.result(members, to: id, in: .july2026)
    #expect(try complaint(message, "tasks/get", .july2026) == nil)
    #expect(!message.line.contains("<task-notification") && !message.line.contains("u001b"))
    let created = OutgoingMessage.result(shown.members, to: id, in: .july2026, type: "task")
    #expect(try complaint(created, "tools/call", .july2026) == nil)
  }

  @Test(arguments: [(0, 500), (4_000, 500), (20_000, 2_000), (3_600_000, 5_000)] as [(Int64, Int64)])
  func `a task that runs long is asked for less often`(milliseconds: Int64, interval: Int64) throws {
    let task = BackgroundTask.sample(7)
    let start = try #require(task.startedAt)
    let shown = PolledTask(task, now: Timestamp(milliseconds: start.milliseconds + milliseconds))
    #expect(shown.members.first { $0.0 == "pollIntervalMs" }?.1.line == "\(interval)")
  }
}
