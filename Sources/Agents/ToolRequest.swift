package import TaskOperations
package import Tasks

/// What a program asks for: a tool with its input, understood.
package enum ToolRequest: Sendable {
  case bash(BashCall)
  case output(OutputCall)
  case kill(TaskReference)
  case tasks(includesEnded: Bool)
  case wait(WaitCall)
  case notifications

  /// A command to run.
  package struct BashCall: Hashable, Sendable {
    package var command: String
    package var description: String?
    package var name: String?
    /// When it is ended; nil for never.
    package var timeoutMilliseconds: Int64?
    package var runsInBackground: Bool
    /// When a call in the foreground goes on in the background, counted from its beginning; nil where nothing was said.
    package var backgroundAfterMilliseconds: Int64?
    /// What a line of the output is to match for the program to be told.
    package var notifyPattern: String?

    /// After how long a call in the foreground goes on in the background that has waited for its turn, in milliseconds.
    package func patience(afterWaiting milliseconds: Int64) -> Int64 {
      min(backgroundAfterMilliseconds ?? .max, max(0, Limits.longestCallMilliseconds - milliseconds))
    }
  }

  /// What a task has written since it was last asked for.
  package struct OutputCall: Hashable, Sendable {
    package var task: TaskReference
    /// An extended regular expression; other lines are left out.
    package var filter: String?
    /// How long to wait for the task to end; nil for not at all.
    package var waitMilliseconds: Int64?
  }

  /// Tasks to wait for.
  package struct WaitCall: Hashable, Sendable {
    /// Empty for those of the session that are running.
    package var tasks: [TaskReference]
    package var isForAny: Bool
    /// An extended regular expression: a line of the output that matches ends the wait, too.
    package var until: String?
    package var timeoutMilliseconds: Int64
  }

  /// Reads a call.
  ///
  /// - Throws: What is wrong with it, for who has made it.
  package init(tool: ToolName, input: JSONValue) throws(ToolProblem) {
    let input = try ToolInput(input, of: tool)
    switch tool {
    case .bash: self = .bash(try BashCall(input))
    case .bashOutput: self = .output(try OutputCall(input))
    case .killShell: self = .kill(try input.task())
    case .tasks: self = .tasks(includesEnded: try input.flag("all") ?? false)
    case .wait: self = .wait(try WaitCall(input))
    case .notifications: self = .notifications
    }
  }

  /// The same, waiting no longer than so many milliseconds.
  package func within(milliseconds: Int64) -> ToolRequest {
    switch self {
    case .wait(var call):
      call.timeoutMilliseconds = min(call.timeoutMilliseconds, milliseconds)
      return .wait(call)
    case .output(var call):
      call.waitMilliseconds = call.waitMilliseconds.map { min($0, milliseconds) }
      return .output(call)
    case .bash, .kill, .tasks, .notifications: return self
    }
  }
}

extension ToolRequest.BashCall {
  fileprivate init(_ input: ToolInput) throws(ToolProblem) {
    if input.has("pty") { throw .notSupported(tool: input.tool, name: "pty") }
    guard let command = try input.text("command"), command.contains(where: { !$0.isWhitespace }) else {
      throw .missing(tool: input.tool, name: "command", what: "a command line for bash")
    }
    guard !command.utf8.contains(0) else { throw .wrong(tool: input.tool, name: "command", what: "holds a NUL") }
    self.command = command
    description = try input.text("description").map(PlainText.line).flatMap { $0.isEmpty ? nil : $0 }
    name = try input.text("name")
    if let name, (try? TaskName(name)) == nil {
      throw .wrong(
        tool: input.tool, name: "name",
        what:
          "'\(PlainText.line(name))' is no name for a task: no commas, slashes or control characters, not all digits")
    }
    runsInBackground = try input.flag("run_in_background", "is_background", "background") ?? false
    let timeout = try input.milliseconds("timeout", "timeout_ms")
    if let timeout, timeout <= 0 { throw .wrong(tool: input.tool, name: "timeout", what: "is to be above 0") }
    backgroundAfterMilliseconds = try input.milliseconds("bg_after")
    if let milliseconds = backgroundAfterMilliseconds, milliseconds < 0 {
      throw .wrong(tool: input.tool, name: "bg_after", what: "is to be 0 or more")
    }
    if runsInBackground { backgroundAfterMilliseconds = nil }
    // What is meant to go on in the background has the limits that it has there.
    let isMeantToGoOn = runsInBackground || backgroundAfterMilliseconds != nil
    timeoutMilliseconds =
      isMeantToGoOn
      ? timeout : min(timeout ?? Limits.foregroundMilliseconds, Limits.longestForegroundMilliseconds)
    notifyPattern = try input.notifyPattern("notify_on")
  }
}

extension ToolRequest.OutputCall {
  fileprivate init(_ input: ToolInput) throws(ToolProblem) {
    task = try input.task()
    filter = try input.pattern("filter")
    waitMilliseconds =
      try input.flag("block", "wait") ?? false
      ? min(try input.milliseconds("timeout") ?? Limits.waitMilliseconds, Limits.longestWaitMilliseconds) : nil
  }
}

extension ToolRequest.WaitCall {
  fileprivate init(_ input: ToolInput) throws(ToolProblem) {
    tasks = try input.tasks()
    until = try input.pattern("until")
    isForAny = try input.flag("any") ?? false
    if try input.flag("all") == true, isForAny {
      throw .wrong(tool: input.tool, name: "all", what: "and 'any' cannot both be true")
    }
    timeoutMilliseconds = min(
      max(0, try input.milliseconds("timeout") ?? Limits.waitMilliseconds), Limits.longestWaitMilliseconds)
  }
}
