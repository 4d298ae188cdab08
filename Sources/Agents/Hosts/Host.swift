import TaskOperations

/// A program whose agents use the tools, by the name that it is asked for.
package enum Host: String, CaseIterable, Sendable {
  case claude
  case codex
  case gemini
  case vscode
  case generic

  /// What is to be pasted into its settings.
  ///
  /// - Parameters:
  ///   - program: The path of bgsh.
  ///   - options: What `bgsh mcp` is called with.
  package func settings(program: String, options: [String]) -> String {
    let server = ServerCommand(program: program, options: options)
    let parts =
      switch self {
      case .claude: claudeSettings(server)
      case .codex: codexSettings(server)
      case .gemini: geminiSettings(server)
      case .vscode: codeSettings(server)
      case .generic: genericSettings(server)
      }
    return parts.map { "In \($0.place):\n\n\($0.text)\n" }.joined(separator: "\n")
  }
}

/// What stands in one file of a host.
struct HostSettings: Sendable {
  /// Which file it is.
  let place: String
  let text: String
}

/// How a host starts the server.
struct ServerCommand: Sendable {
  private let path: String
  private let words: [String]

  init(program: String, options: [String]) {
    path = program
    words = ["mcp"] + options
  }

  /// The path in quotes; TOML reads such strings as JSON does.
  var program: String { JSONValue.string(path).line }

  /// A command line for hooks, in quotes.
  func hook(_ words: String) -> String {
    let isPlain = path.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "/._-".utf8.contains($0)
    }
    let program = isPlain ? path : "'\(path.replacing("'", with: "'\\''"))'"
    return JSONValue.string("\(program) hook \(words)").line
  }

  /// The arguments as an array.
  func arguments(with option: String? = nil) -> String {
    let missing = [option].compactMap { $0 }.filter { !words.contains($0) }
    return "[" + (words + missing).map { JSONValue.string($0).line }.joined(separator: ", ") + "]"
  }
}
