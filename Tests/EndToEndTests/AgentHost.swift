import TestSupport
import Testing

/// A program that has started `bgsh tool` and calls `bgsh hook` at events, as hosts of agents do: a process of its own, so that
/// nobody else is below it.
final class AgentHost {
  let scratch: ScratchState
  private let program: PipedProgram
  private var lastNumber = 0

  private static let code = """
    import json, subprocess, sys
    bgsh = sys.argv[1]
    tool = subprocess.Popen([bgsh, "tool"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    started = {}
    def say(value):
        print(value if isinstance(value, str) else json.dumps(value), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "call" in request:
            tool.stdin.write(json.dumps(request["call"]) + chr(10))
            tool.stdin.flush()
            say(tool.stdout.readline().rstrip())
        elif "start" in request:
            command = subprocess.Popen(
                request["start"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            command.stdin.write(request["input"])
            command.stdin.close()
            command.stdin = None
            started[request["number"]] = command
            say({"process": command.pid})
        else:
            command = started.pop(request["join"])
            output, errors = command.communicate()
            say({"status": command.returncode, "output": output, "errors": errors})
    """

  init(_ scratch: ScratchState) throws {
    self.scratch = scratch
    program = try PipedProgram(scratch.command("python3", "-c", Self.code, BuiltProducts.bgsh))
  }

  private func ask(_ request: String) throws -> JSON {
    try program.send(request)
    return try JSON(parsing: try program.line())
  }

  // MARK: Tools

  func call(_ tool: String, _ input: String = "{}") throws -> ToolConversation.Result {
    lastNumber += 1
    let result = try ask(
      #"{"call":{"type":"tool_use","id":"\#(lastNumber)","name":"\#(tool)","input":\#(input)}}"#)
    return ToolConversation.Result(
      blocks: result["content"].elements.map { $0["text"].text ?? "" }, isError: result["is_error"] == .bool(true),
      id: result["tool_use_id"])
  }

  func run(_ command: String, _ more: String = "") throws -> ToolConversation.Result {
    try call("Bash", #"{"command":\#(quoted(command))\#(more)}"#)
  }

  /// Runs a command in the background, and returns its number.
  func launch(_ command: String, _ more: String = "") throws -> Int64 {
    let words = try run(command, #","run_in_background":true\#(more)"#).text.split(separator: " ")
    let position = try #require(words.firstIndex(of: "ID:"))
    return try #require(Int64(words[position + 1].dropLast()))
  }

  /// One that has failed, of which nobody knows yet.
  func launchFailure(_ more: String = "") throws -> Int64 {
    lastNumber += 1
    // It ends when the result of its launch has been written: that would tell of it.
    let go = "go-\(lastNumber)"
    let id = try launch("until [ -e \(go) ]; do sleep 0.01; done; echo 'FAIL: one'; exit 3", more)
    try scratch.write("", to: go)
    _ = try scratch.waitForEnd(of: id)
    return id
  }

  // MARK: Hooks

  /// What a hook has said.
  struct Answer {
    let status: Int
    let output: String
    let errors: String

    var isNothing: Bool { status == 0 && output.isEmpty && errors.isEmpty }
  }

  /// Starts a program with an event on its standard input, and does not wait for it.
  func start(_ command: [String], _ event: String) throws -> Int {
    lastNumber += 1
    let words = command.map(quoted).joined(separator: ",")
    _ = try ask(#"{"start":[\#(words)],"input":\#(quoted(event)),"number":\#(lastNumber)}"#)
    return lastNumber
  }

  func ending(of number: Int) throws -> Answer {
    let answer = try ask(#"{"join":\#(number)}"#)
    let status = try #require(answer["status"].number)
    return Answer(
      status: Int(status), output: answer["output"].text ?? "", errors: answer["errors"].text ?? "")
  }

  func run(_ command: [String], _ event: String) throws -> Answer { try ending(of: try start(command, event)) }

  /// Calls `bgsh hook`.
  func hook(_ words: String..., event: String) throws -> Answer {
    try run([BuiltProducts.bgsh, "hook"] + words, event)
  }
}
