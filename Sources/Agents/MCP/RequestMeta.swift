package import TaskOperations

/// What a request says about itself: the version it is of, and what its author understands.
package struct RequestMeta: Sendable {
  package let era: ProtocolEra
  /// Whether a task may be its answer.
  package let acceptsTasks: Bool
  /// What messages about its progress are to carry; nil where none are asked for.
  package let progressToken: JSONValue?
  /// The thread of the host that it comes from.
  package let threadID: String?

  package static let tasksExtension = "io.modelcontextprotocol/tasks"
  private static let version = "io.modelcontextprotocol/protocolVersion"
  private static let capabilities = "io.modelcontextprotocol/clientCapabilities"
  /// What must be answered before a handshake.
  private static let withoutVersion = "ping"

  /// - Parameter connection: What was agreed upon by `initialize`; nil where that has not been.
  package init(_ request: IncomingMessage.Request, on connection: ProtocolEra?) throws(ProtocolError) {
    let meta = request.parameters["_meta"] ?? .object([])
    guard case .object = meta else { throw .wrongParameters("'_meta' is to be an object") }
    let capabilities = meta[Self.capabilities]
    switch meta[Self.version] {
    case .string(let text):
      guard let named = ProtocolEra(rawValue: text) else { throw .unknownVersion(text) }
      era = named
    case nil:
      guard let agreed = connection ?? (request.method == Self.withoutVersion ? .newestWithHandshake : nil) else {
        throw .wrongParameters(
          "'_meta' lacks '\(Self.version)'; say it in each request, or begin with 'initialize'")
      }
      era = agreed
    default: throw .wrongParameters("'\(Self.version)' is to be a string")
    }
    if era.hasHandshake {
      acceptsTasks = false
    } else {
      guard case .object = capabilities else {
        throw .wrongParameters("'_meta' lacks '\(Self.capabilities)', an object")
      }
      acceptsTasks = capabilities?["extensions"]?[Self.tasksExtension].map { !$0.isNull } ?? false
    }
    progressToken = meta["progressToken"].flatMap { RequestID($0) }?.json
    threadID = meta["threadId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }
}
