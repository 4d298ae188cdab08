package import TaskOperations

/// Why a request has no result: what its author did wrong, in the protocol's numbers.
package struct ProtocolError: Error, Sendable {
  package let code: Int64
  package let message: String
  package let data: JSONValue?

  private init(_ code: Int64, _ message: String, data: JSONValue? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  package static let unreadable = ProtocolError(-32700, "this line is no JSON")
  package static let tooLong = ProtocolError(
    -32600, "this line is longer than \(Limits.longestRequestBytes >> 20) MiB and was not read")

  package static func invalidRequest(_ what: String) -> ProtocolError { ProtocolError(-32600, what) }

  package static func noMethod(_ name: String) -> ProtocolError {
    ProtocolError(-32601, "there is no method '\(PlainText.line(name))'")
  }

  package static func wrongParameters(_ what: String) -> ProtocolError { ProtocolError(-32602, what) }

  package static func noTool(_ name: String) -> ProtocolError {
    wrongParameters("\(ToolProblem.noTool(name))")
  }

  package static func noTask(_ id: String) -> ProtocolError {
    wrongParameters("there is no task '\(PlainText.line(id))'")
  }

  package static func internalFailure(_ what: String) -> ProtocolError { ProtocolError(-32603, what) }

  package static let undeclaredTasks = ProtocolError(
    -32021, "this request does not declare the extension \(RequestMeta.tasksExtension)",
    data: .object([
      ("requiredCapabilities", .object([("extensions", .object([(RequestMeta.tasksExtension, .object([]))]))]))
    ]))

  package static func unknownVersion(_ requested: String) -> ProtocolError {
    ProtocolError(
      -32022, "this version of the protocol is not spoken here",
      data: .object([
        ("supported", .array(ProtocolEra.offered.map(JSONValue.string))), ("requested", .string(requested)),
      ]))
  }
}
