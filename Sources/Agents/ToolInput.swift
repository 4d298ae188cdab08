import TaskOperations
import Tasks

/// The input of a call as it came. What is plainly meant is understood: a number in quotes, `true` in quotes, `null` for
/// nothing, and other programs' names for the same thing.
struct ToolInput {
  let tool: ToolName
  private let value: JSONValue

  init(_ value: JSONValue, of tool: ToolName) throws(ToolProblem) {
    self.tool = tool
    switch value {
    case .object: self.value = value
    case .null: self.value = .object([])
    default: throw .noObject(tool)
    }
  }

  /// Whether something is asked for by that name.
  func has(_ name: String) -> Bool {
    switch value[name] {
    case nil, .null, .bool(false), .string(""): false
    default: true
    }
  }

  private func first(_ names: [String]) -> (name: String, value: JSONValue)? {
    for name in names {
      if let member = value[name], !member.isNull { return (name, member) }
    }
    return nil
  }

  func text(_ names: String...) throws(ToolProblem) -> String? {
    guard let (name, value) = first(names) else { return nil }
    guard let text = value.string else { throw .wrong(tool: tool, name: name, what: "is to be a string") }
    return text
  }

  func flag(_ names: String...) throws(ToolProblem) -> Bool? {
    guard let (name, value) = first(names) else { return nil }
    switch value {
    case .bool(let flag): return flag
    case .string("true"), .number(1): return true
    case .string("false"), .number(0), .string(""): return false
    default: throw .wrong(tool: tool, name: name, what: "is to be true or false")
    }
  }

  func milliseconds(_ names: String...) throws(ToolProblem) -> Int64? {
    guard let (name, value) = first(names) else { return nil }
    switch value {
    case .number(let number): return number
    case .decimal(let number):
      // What is far too long is limited, or refused, like any long time.
      if number.isFinite { return Int64(max(-1, min(number.rounded(.up), 1e15))) }
    case .string(let text): if let number = Int64(text) { return number }
    default: break
    }
    throw .wrong(tool: tool, name: name, what: "is to be a number of milliseconds")
  }

  func pattern(_ name: String) throws(ToolProblem) -> String? {
    guard let text = try text(name), !text.isEmpty else { return nil }
    do throws(LinePatternError) {
      _ = try LinePattern(text)
    } catch {
      throw .wrong(tool: tool, name: name, what: "is no regular expression: \(error.reason)")
    }
    return text
  }

  func notifyPattern(_ name: String) throws(ToolProblem) -> String? {
    guard let text = try text(name), !text.isEmpty else { return nil }
    do throws(NotifyPatternError) {
      return try NotifyPattern(text).text
    } catch {
      throw .wrong(tool: tool, name: name, what: "is nothing to look for: \(error)")
    }
  }

  private static let taskNames = ["task_id", "bash_id", "shell_id", "job_id", "id"]

  /// The task that is meant.
  func task() throws(ToolProblem) -> TaskReference {
    guard let (name, value) = first(Self.taskNames) else {
      throw .missing(tool: tool, name: "task_id", what: "the number of a task, as Tasks shows it")
    }
    return try reference(value, name)
  }

  /// The tasks that are meant; empty where none are named.
  func tasks() throws(ToolProblem) -> [TaskReference] {
    guard let (name, value) = first(["task_ids"] + Self.taskNames) else { return [] }
    guard case .array(let elements) = value else { return [try reference(value, name)] }
    var references: [TaskReference] = []
    for element in elements { references.append(try reference(element, name)) }
    return references
  }

  /// `7`, `"7"`, `"@7"`, `"tests"` and `"@tests"`.
  private func reference(_ value: JSONValue, _ name: String) throws(ToolProblem) -> TaskReference {
    let word: String
    switch value {
    case .number(let number): word = "@\(number)"
    case .string(let text): word = text.hasPrefix("@") ? text : "@\(text)"
    default: throw .wrong(tool: tool, name: name, what: "is to be the number of a task, or its name")
    }
    do throws(TaskReferenceError) {
      return try TaskReference(word)
    } catch {
      throw .wrong(tool: tool, name: name, what: "\(PlainText.line(word)) names no task; Tasks shows those there are")
    }
  }
}
