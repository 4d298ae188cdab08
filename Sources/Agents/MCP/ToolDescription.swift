package import TaskOperations

/// A tool as it is offered: what a model reads of it, and what a host must know.
package struct ToolDescription: Sendable {
  package let name: ToolName
  let title: String
  let text: String
  let inputs: [Input]
  let effect: Effect
  /// Hosts may put off the descriptions of tools until they are searched for; not of this one.
  var isAlwaysLoaded = false
  /// Whether its results may be long.
  var hasLongResults = false

  /// One member of the input.
  struct Input: Sendable {
    let name: String
    let kind: Kind
    let text: String
    var isRequired = false

    enum Kind: Sendable { case text, milliseconds, flag, texts }
  }

  /// What a call may do.
  enum Effect: Sendable {
    case readsOnly(isIdempotent: Bool)
    case destroys(isIdempotent: Bool, reachesOut: Bool)
  }

  /// All of them, always in this order.
  package static let all = ToolName.allCases.map { ToolDescription($0) }

  package func json(in era: ProtocolEra) -> JSONValue {
    var members: [(String, JSONValue)] = [("name", .string(name.rawValue))]
    if era.hasTitles { members.append(("title", .string(title))) }
    members += [("description", .string(text)), ("inputSchema", schema)]
    if era.hasAnnotations { members.append(("annotations", annotations)) }
    if era.hasTitles, !meta.isEmpty { members.append(("_meta", .object(meta))) }
    return .object(members)
  }

  private var schema: JSONValue {
    var members: [(String, JSONValue)] = [
      ("type", .string("object")), ("properties", .object(inputs.map { ($0.name, $0.schema) })),
    ]
    let required = inputs.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { members.append(("required", .array(required))) }
    return .object(members)
  }

  private var annotations: JSONValue {
    let (reads, destroys, repeats, reaches) =
      switch effect {
      case .readsOnly(let isIdempotent): (true, false, isIdempotent, false)
      case .destroys(let isIdempotent, let reachesOut): (false, true, isIdempotent, reachesOut)
      }
    return .object([
      ("title", .string(title)), ("readOnlyHint", .bool(reads)), ("destructiveHint", .bool(destroys)),
      ("idempotentHint", .bool(repeats)), ("openWorldHint", .bool(reaches)),
    ])
  }

  private var meta: [(String, JSONValue)] {
    var members: [(String, JSONValue)] = []
    if isAlwaysLoaded { members.append(("anthropic/alwaysLoad", .bool(true))) }
    if hasLongResults {
      members.append(("anthropic/maxResultSizeChars", .number(Int64(Limits.longestResultCharacters))))
    }
    return members
  }
}

extension ToolDescription.Input {
  fileprivate var schema: JSONValue {
    var members: [(String, JSONValue)]
    switch kind {
    case .text: members = [("type", .string("string"))]
    case .milliseconds: members = [("type", .string("number"))]
    case .flag: members = [("type", .string("boolean"))]
    case .texts: members = [("type", .string("array")), ("items", .object([("type", .string("string"))]))]
    }
    members.append(("description", .string(text)))
    return .object(members)
  }
}
