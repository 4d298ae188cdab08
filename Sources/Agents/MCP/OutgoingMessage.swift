import ProcessControl
package import TaskOperations

/// What is sent to the other side, in the form of an era.
package enum OutgoingMessage {
  /// The answer to a request.
  ///
  /// - Parameter type: What kind of result it is, in eras that want to know.
  package static func result(
    _ members: [(String, JSONValue)], to id: RequestID, in era: ProtocolEra, type: String = "complete"
  ) -> JSONValue {
    let result =
      era.hasResultTypes
      ? [("resultType", .string(type))] + members + [("_meta", .object([(serverInfoKey, server(in: era))]))] : members
    return .object([("jsonrpc", .string("2.0")), ("id", id.json), ("result", .object(result))])
  }

  /// - Parameter id: Nil where nobody can know to which request it belongs.
  package static func error(_ error: ProtocolError, to id: RequestID?, in era: ProtocolEra) -> JSONValue {
    var members = [("code", JSONValue.number(error.code)), ("message", .string(error.message))]
    if let data = error.data { members.append(("data", data)) }
    var message = [("jsonrpc", JSONValue.string("2.0"))]
    if let id {
      message.append(("id", id.json))
    } else if !era.hasErrorsWithoutID {
      message.append(("id", .null))
    }
    return .object(message + [("error", .object(members))])
  }

  /// How far a request has come.
  package static func progress(seconds: Int64, token: JSONValue, in era: ProtocolEra) -> JSONValue {
    var parameters = [("progressToken", token), ("progress", JSONValue.number(seconds))]
    if era.hasProgressMessages { parameters.append(("message", .string("running for \(seconds)s"))) }
    return .object([
      ("jsonrpc", .string("2.0")), ("method", .string("notifications/progress")), ("params", .object(parameters)),
    ])
  }

  // MARK: Results

  /// What `initialize` is answered.
  package static func handshake(in era: ProtocolEra, keepsTasks: Bool) -> [(String, JSONValue)] {
    [
      ("protocolVersion", .string(era.rawValue)),
      ("capabilities", .object([("tools", .object([]))])),
      ("serverInfo", server(in: era)),
      ("instructions", .string(Instructions.text(keepsTasks: keepsTasks))),
    ]
  }

  /// What `server/discover` is answered.
  package static func discovery(keepsTasks: Bool) -> [(String, JSONValue)] {
    [
      ("supportedVersions", .array(ProtocolEra.offered.map(JSONValue.string))),
      (
        "capabilities",
        .object([
          ("tools", .object([])), ("extensions", .object([(RequestMeta.tasksExtension, .object([]))])),
        ])
      ),
      ("instructions", .string(Instructions.text(keepsTasks: keepsTasks))),
    ] + caching
  }

  /// What `tools/list` is answered.
  package static func tools(in era: ProtocolEra) -> [(String, JSONValue)] {
    [("tools", .array(ToolDescription.all.map { $0.json(in: era) }))] + (era.hasResultTypes ? caching : [])
  }

  /// What a tool is answered.
  package static func content(_ text: String, isError: Bool) -> [(String, JSONValue)] {
    [
      ("content", .array([.object([("type", .string("text")), ("text", .string(text))])])),
      ("isError", .bool(isError)),
    ]
  }

  /// The same for everybody, as long as this program is the same.
  private static let caching: [(String, JSONValue)] = [
    ("ttlMs", .number(3_600_000)), ("cacheScope", .string("public")),
  ]

  private static let serverInfoKey = "io.modelcontextprotocol/serverInfo"

  private static func server(in era: ProtocolEra) -> JSONValue {
    var members = [("name", JSONValue.string("bgsh"))]
    if era.hasTitles { members.append(("title", .string("bgsh: a shell with background tasks"))) }
    return .object(members + [("version", .string(Version.text))])
  }
}
