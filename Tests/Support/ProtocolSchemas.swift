/// The published schemas of the Model Context Protocol, by version.
package enum ProtocolSchemas {
  package static let versions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]

  private static let directory =
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Schemas"

  private static let all: [String: JSONSchema] = {
    var all: [String: JSONSchema] = [:]
    for name in versions + ["tasks"] { all[name] = try? JSONSchema(path: "\(directory)/\(name).json") }
    return all
  }()

  /// The schema of one kind of message; `tasks` is the version of the tasks extension.
  package static func schema(_ name: String, in version: String) -> JSONSchema? { all[version]?[name] }

  /// Why the answer to a request, or what came without one, is not what the protocol says; nil if it is.
  ///
  /// - Parameter method: What was asked for; nil for what answers nothing.
  package static func complaint(about message: JSON, answering method: String?, in version: String) -> String? {
    let isModern = version == "2026-07-28"
    if message["error"] != .null {
      // Before 2025-11-25 there was no form for an error that belongs to no request: JSON-RPC says `null` then.
      if message["id"] == .null, message.keys.contains("id"), !isModern { return nil }
      let name = ["2025-11-25", "2026-07-28"].contains(version) ? "JSONRPCErrorResponse" : "JSONRPCError"
      let special: [JSON: String] = [
        -32022: "UnsupportedProtocolVersionError", -32021: "MissingRequiredClientCapabilityError",
      ]
      return check(message, [name] + (isModern ? [special[message["error"]["code"]]].compactMap { $0 } : []), version)
    }
    guard message.keys.contains("result") else { return check(message, ["ServerNotification"], version) }
    let result = message["result"]
    if let complaint = check(
      message, [["2025-11-25", "2026-07-28"].contains(version) ? "JSONRPCResultResponse" : "JSONRPCResponse"], version)
    {
      return complaint
    }
    switch method {
    case "initialize": return check(result, ["InitializeResult"], version)
    case "server/discover": return check(result, ["DiscoverResult"], version)
    case "tools/list": return check(result, ["ListToolsResult"], version)
    case "tools/call":
      return result["resultType"] == "task"
        ? check(result, ["CreateTaskResult"], "tasks") : check(result, ["CallToolResult"], version)
    case "tasks/get":
      return check(result, ["GetTaskResult"], "tasks")
        ?? (result["status"] == "completed" ? check(result["result"], ["CallToolResult"], version) : nil)
    case "tasks/cancel": return check(result, ["CancelTaskResult"], "tasks")
    case "tasks/update": return check(result, ["UpdateTaskResult"], "tasks")
    case "ping": return check(result, ["EmptyResult"], version)
    default: return "there is no result of \(method ?? "nothing")"
    }
  }

  private static func check(_ value: JSON, _ names: [String], _ version: String) -> String? {
    for name in names {
      guard let schema = schema(name, in: version) else { return "\(version) has no schema \(name)" }
      if let complaint = schema.complaint(about: value) { return "\(version) \(name)\(complaint)" }
    }
    return nil
  }
}
