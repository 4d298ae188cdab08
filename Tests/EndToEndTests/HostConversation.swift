import TestSupport
import Testing

/// A host that talks to `bgsh mcp` in one version of the protocol. Every message that it gets is checked against the
/// published schema.
final class HostConversation {
  let scratch: ScratchState
  let program: PipedProgram
  let version: String
  /// What requests without a version of their own are sent with.
  var capabilities = #"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#
  private var lastNumber: Int64 = 0
  private var gateCount = 0
  private var methods: [JSON: String] = [:]
  private(set) var early: [JSON: JSON] = [:]
  private(set) var notifications: [JSON] = []

  static let modern = "2026-07-28"

  init(
    _ scratch: ScratchState, _ version: String = HostConversation.modern, options: [String] = [], greets: Bool = true
  ) throws {
    self.scratch = scratch
    self.version = version
    program = try PipedProgram(
      Command(BuiltProducts.bgsh, ["mcp"] + options, environment: scratch.environment, directory: scratch.path))
    if greets, version != Self.modern {
      let answer = try request(
        "initialize", #""protocolVersion":"\#(version)","capabilities":{},"clientInfo":{"name":"t","version":"1"}"#)
      #expect(answer["result"]["protocolVersion"] == .string(version))
      try program.send(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    }
  }

  /// What a call was answered.
  struct Result {
    let blocks: [String]
    let isError: Bool

    var text: String { blocks.last ?? "" }
    /// What has happened to tasks.
    var notifications: String { blocks.dropLast().joined(separator: "\n") }
  }

  // MARK: Requests

  /// Sends a request and does not wait for its answer.
  ///
  /// - Parameters:
  ///   - members: Those of its parameters, as they stand between braces.
  ///   - meta: Those of its `_meta`, besides what the version demands.
  @discardableResult
  func begin(_ method: String, _ members: String = "", meta: String = "") throws -> JSON {
    lastNumber += 1
    let id = JSON.number(lastNumber)
    methods[id] = method
    try program.send(
      #"{"jsonrpc":"2.0","id":\#(lastNumber),"method":"\#(method)","params":{\#(parameters(members, meta))}}"#)
    return id
  }

  private func parameters(_ members: String, _ meta: String) -> String {
    var metas: [String] = []
    if version == Self.modern {
      metas.append(#""io.modelcontextprotocol/protocolVersion":"\#(version)""#)
      metas.append(#""io.modelcontextprotocol/clientCapabilities":\#(capabilities)"#)
    }
    if !meta.isEmpty { metas.append(meta) }
    let all = [members, metas.isEmpty ? "" : #""_meta":{\#(metas.joined(separator: ","))}"#]
    return all.filter { !$0.isEmpty }.joined(separator: ",")
  }

  /// The next message, checked; one that answers nothing is kept among the notifications as well.
  func message() throws -> JSON {
    let message = try JSON(parsing: try program.line())
    for part in message.elements.isEmpty ? [message] : message.elements {
      let complaint = ProtocolSchemas.complaint(about: part, answering: methods[part["id"]], in: version)
      #expect(complaint == nil, "\(part)")
    }
    if message["method"] != .null { notifications.append(message) }
    return message
  }

  /// The answer to a request; others that come before it are kept.
  func answer(to id: JSON) throws -> JSON {
    while true {
      if let answer = early.removeValue(forKey: id) { return answer }
      let message = try message()
      if message["method"] == .null { early[message["id"]] = message }
    }
  }

  func request(_ method: String, _ members: String = "", meta: String = "") throws -> JSON {
    try answer(to: try begin(method, members, meta: meta))
  }

  func cancel(_ id: JSON) throws {
    let number = try #require(id.number)
    try program.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(number)}}"#)
  }

  // MARK: Tools

  @discardableResult
  func beginCall(_ tool: String, _ arguments: String, meta: String = "") throws -> JSON {
    try begin("tools/call", #""name":"\#(tool)","arguments":\#(arguments)"#, meta: meta)
  }

  func result(of id: JSON) throws -> Result {
    let result = try answer(to: id)["result"]
    // One text: there are hosts that show no other.
    #expect(result["content"].elements.count == 1)
    let text = result["content"].elements.first?["text"].text ?? ""
    let end = text.hasPrefix("[SYSTEM NOTIFICATION") ? text.firstRange(of: "\n\n") : nil
    let blocks = end.map { [String(text[..<$0.lowerBound]), String(text[$0.upperBound...])] } ?? [text]
    return Result(blocks: blocks, isError: result["isError"] == .bool(true))
  }

  func call(_ tool: String, _ arguments: String = "{}", meta: String = "") throws -> Result {
    try result(of: try beginCall(tool, arguments, meta: meta))
  }

  func run(_ command: String, _ more: String = "", meta: String = "") throws -> Result {
    try call("Bash", #"{"command":\#(quoted(command))\#(more)}"#, meta: meta)
  }

  /// Starts a task, and returns its number, however the host is told of it.
  func launch(_ command: String, _ more: String = "", meta: String = "") throws -> Int64 {
    let id = try beginCall("Bash", #"{"command":\#(quoted(command)),"run_in_background":true\#(more)}"#, meta: meta)
    let result = try answer(to: id)["result"]
    if let task = result["taskId"].text { return try #require(Int64(task)) }
    let text = result["content"].elements.last?["text"].text ?? ""
    let words = text.split(separator: " ")
    let position = try #require(words.firstIndex(of: "ID:"), "\(text)")
    return try #require(Int64(words[position + 1].dropLast()))
  }

  /// Runs a command in the background that begins once its launch has been answered, and waits for its end: no answer
  /// has told of that yet.
  func launchAndEnd(_ command: String, _ more: String = "", meta: String = "") throws -> Int64 {
    gateCount += 1
    let gate = try Gate(in: scratch, "launch-\(gateCount)")
    let id = try launch("read <\(gate.name); \(command)", more, meta: meta)
    try gate.open()
    _ = try scratch.waitForEnd(of: id)
    return id
  }

  func task(_ id: Int64) throws -> JSON { try request("tasks/get", #""taskId":"\#(id)""#) }
}
