/// What is wrong with a call, in words that let its author mend it.
package enum ToolProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case noJSON
  case tooLong
  case noCall(String)
  case noTool(String)
  case noObject(ToolName)
  case missing(tool: ToolName, name: String, what: String)
  case wrong(tool: ToolName, name: String, what: String)
  case notSupported(tool: ToolName, name: String)

  package var description: String {
    switch self {
    case .noJSON: "this line is no JSON; one object is to stand on each line"
    case .tooLong: "this line is longer than \(Limits.longestRequestBytes >> 20) MiB and was not read"
    case .noCall(let what): what
    case .noTool(let name):
      "there is no tool '\(PlainText.line(name))'; there are \(ToolName.allCases.map(\.rawValue).joined(separator: ", "))"
    case .noObject(let tool): "\(tool.rawValue): the input is to be an object"
    case .missing(let tool, let name, let what): "\(tool.rawValue): '\(name)' is missing: \(what)"
    case .wrong(let tool, let name, let what): "\(tool.rawValue): '\(name)' \(what)"
    case .notSupported(let tool, let name):
      "\(tool.rawValue): '\(name)' is not supported by this version; nothing was run"
    }
  }
}
