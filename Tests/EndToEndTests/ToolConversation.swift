import TestSupport
import Testing

/// A program that takes turns with `bgsh tool`.
final class ToolConversation {
  let scratch: ScratchState
  let program: PipedProgram
  private var lastNumber = 0
  private var gateCount = 0

  init(_ scratch: ScratchState, _ options: String..., environment: [String: String] = [:]) throws {
    self.scratch = scratch
    program = try PipedProgram(
      Command(
        BuiltProducts.bgsh, ["tool"] + options, environment: scratch.environment.merging(environment) { $1 },
        directory: scratch.path))
  }

  /// What a call was answered.
  struct Result {
    let blocks: [String]
    let isError: Bool
    let id: JSON

    /// What the tool itself has to say.
    var text: String { blocks.last ?? "" }
    /// What has happened to tasks.
    var notifications: String { blocks.dropLast().joined(separator: "\n") }
  }

  /// Sends a call and does not wait for its result.
  @discardableResult
  func begin(_ tool: String, _ input: String) throws -> String {
    lastNumber += 1
    let id = "t\(lastNumber)"
    try program.send(#"{"type":"tool_use","id":"\#(id)","name":"\#(tool)","input":\#(input)}"#)
    return id
  }

  /// The next result; what comes between is passed over.
  func result() throws -> Result {
    while true {
      let line = try JSON(parsing: try program.line())
      guard line["type"] == "tool_result" else { continue }
      return Result(
        blocks: line["content"].elements.map { $0["text"].text ?? "" }, isError: line["is_error"] == .bool(true),
        id: line["tool_use_id"])
    }
  }

  func call(_ tool: String, _ input: String = "{}") throws -> Result {
    let id = try begin(tool, input)
    let result = try result()
    #expect(result.id == .string(id))
    return result
  }

  /// Runs a command in the foreground.
  func run(_ command: String, _ more: String = "") throws -> Result {
    try call("Bash", #"{"command":\#(quoted(command))\#(more)}"#)
  }

  /// Runs a command in the background, and returns its number.
  func launch(_ command: String, _ more: String = "") throws -> Int64 {
    let result = try run(command, #","run_in_background":true\#(more)"#)
    let words = result.text.split(separator: " ")
    let position = try #require(words.firstIndex(of: "ID:"), "\(result.text)")
    return try #require(Int64(words[position + 1].dropLast()))
  }

  /// Runs a command in the background that begins once its launch has been answered, and waits for its end: no answer
  /// has told of that yet.
  func launchAndEnd(_ command: String, _ more: String = "") throws -> Int64 {
    gateCount += 1
    let gate = try Gate(in: scratch, "launch-\(gateCount)")
    let id = try launch("read <\(gate.name); \(command)", more)
    try gate.open()
    _ = try scratch.waitForEnd(of: id)
    return id
  }
}

/// A JSON string.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\n": result += "\\n"
    case _ where scalar < " ": result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
