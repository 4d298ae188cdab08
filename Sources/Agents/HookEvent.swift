package import TaskOperations

/// A program that calls others at events, and what it expects of them.
package enum HookHost: String, CaseIterable, Sendable {
  case claude
  case codex
  case gemini

  /// How long a call that may wait does so, in milliseconds, where nothing is said; nil for as long as tasks run. It is a
  /// little less than the time after which the host by itself gives up.
  package var waitMilliseconds: Int64? {
    switch self {
    case .claude: nil
    case .codex: 590_000
    case .gemini: 55_000
    }
  }
}

/// What a host tells at an event, as far as it matters here.
package struct HookEvent: Sendable {
  package let host: HookHost
  /// `PostToolUse`, for example.
  package let name: String
  /// What may be the name of a session of the connection, the best first.
  package let sessionNames: [String]
  /// Whether it is the event of an agent that another one has started: what is due to the first is not told to it.
  package let isOfSubagent: Bool

  package init(_ event: JSONValue, of host: HookHost) throws(HookProblem) {
    guard case .object = event, let name = event["hook_event_name"]?.string else { throw .noEvent }
    self.host = host
    self.name = name
    let agent = event["agent_id"]?.string
    isOfSubagent = agent?.isEmpty == false
    sessionNames = ["thread_id", "session_id"].compactMap { event[$0]?.string }
    guard form != nil else { throw .cannotAnswer(host, PlainText.line(name)) }
  }

  /// How something is said at the event.
  private enum Form { case context, block, deny }

  private var form: Form? {
    switch (host, name) {
    case (.claude, "PostToolBatch"), (.claude, "PostToolUse"), (.claude, "PostToolUseFailure"), (.claude, "Stop"),
      (.claude, "UserPromptSubmit"), (.claude, "SessionStart"), (.codex, "PostToolUse"), (.codex, "UserPromptSubmit"),
      (.codex, "SessionStart"), (.gemini, "AfterTool"), (.gemini, "BeforeAgent"), (.gemini, "SessionStart"):
      .context
    case (.codex, "Stop"): .block
    case (.gemini, "AfterAgent"): .deny
    default: nil
    }
  }

  /// Whether a call that may wait does so here: where the host has nothing else to do, or goes on meanwhile.
  package var mayWait: Bool {
    switch host {
    case .claude: name != "UserPromptSubmit"
    case .codex: name == "Stop"
    case .gemini: name == "AfterAgent"
    }
  }

  /// What is said, where, and with which status.
  package enum Answer: Hashable, Sendable {
    /// A line of JSON on standard output, status 0.
    case output(String)
    /// On standard error, with status 2, which wakes the host.
    case wake(String)
  }

  /// Puts what is due into the form of the event.
  ///
  /// - Parameter waits: Whether the host goes on, and is to be woken.
  package func answer(_ text: String, waits: Bool) -> Answer {
    if host == .claude, waits, mayWait { return .wake(text) }
    let value: JSONValue
    switch form {
    case .context, nil:
      value = .object([
        ("hookSpecificOutput", .object([("hookEventName", .string(name)), ("additionalContext", .string(text))]))
      ])
    case .block: value = .object([("decision", .string("block")), ("reason", .string(text))])
    case .deny: value = .object([("decision", .string("deny")), ("reason", .string(text))])
    }
    return .output(value.line)
  }
}

/// Why nothing can be said at an event.
package enum HookProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case noEvent
  case cannotAnswer(HookHost, String)

  package var description: String {
    switch self {
    case .noEvent:
      "standard input has no event: it is to be an object with 'hook_event_name', as the program that calls writes it"
    case .cannotAnswer(let host, let name):
      "nothing can be told \(host.rawValue) at '\(name)'; see bgsh-hook(1) for the events"
    }
  }
}
