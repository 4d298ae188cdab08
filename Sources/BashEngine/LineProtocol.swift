/// The code that bgsh writes into the control channel of a fed bash.
///
/// Bash's own top level reads the channel, so that Ctrl-C out of a loop, Ctrl-Z, `exec` and functions are bash's own.
/// Its forms were found by experiment (docs/design.md, "How a line runs"); each part is needed.
enum LineProtocol {
  /// Runs a line, up to its begin mark and on.
  ///
  /// - Parameters:
  ///   - line: What to evaluate, rewritten.
  ///   - entry: What the history keeps of it; nil for nothing.
  ///   - before: The state that the line finds.
  static func run(_ line: [UInt8], entry: [UInt8]?, after before: LineEnd) -> [UInt8] {
    var text: [UInt8] = []
    if let entry { text += Array("__bgsh_remember ".utf8) + ShellQuoting.quoted(entry) + Array(" || :; ".utf8) }
    let trace = before.flags.filter { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "v") }
    let resumeTrace = trace.isEmpty ? [] : Array("set -".utf8) + trace + Array("; ".utf8)
    return text + evaluation(of: resumeTrace + line, after: before)
  }

  /// Runs PROMPT_COMMAND as bash does before a prompt.
  static func runPromptCommand(after before: LineEnd) -> [UInt8] {
    let loop = """
      for __bgsh_word in "${PROMPT_COMMAND[@]}"; do __bgsh_return \(before.status) && :; \\builtin eval "$__bgsh_word"; done
      """
    return evaluation(of: Array(loop.utf8), after: before)
  }

  private static func evaluation(of code: [UInt8], after before: LineEnd) -> [UInt8] {
    let underscore = ShellQuoting.quoted(before.underscore)
    // What follows `exec` in a line is for the lines after it: then the descriptors cannot be hidden from its children.
    let mayRedirectShell = code.containsWord("exec")
    // Where the line may be traced, the tail hides itself; bash may write a job's notice just there, so else it does not.
    let mayBeTraced = before.isTraced || code.containsWord("set")
    let keep = "__bgsh_status=$? __bgsh_underscore=$_ __bgsh_flags=$-; set +xv"
    let tail = """

      \(mayBeTraced ? "{ \(keep); } 2>/dev/null" : keep); __bgsh_tail || :\
      \(mayRedirectShell ? "; __bgsh_keep_descriptors" : "")
      """
    let hidden = mayRedirectShell ? "" : " 251>&- 252<&- 253>&- 254>&-"
    return Array("__bgsh_begin \(before.status) && : ".utf8) + underscore + Array("; { \\builtin eval ".utf8)
      + ShellQuoting.quoted(code + Array(tail.utf8)) + Array("; } <&252 >&253 2>&254\(hidden)\n".utf8)
  }

  /// Asks for the end mark. It is written only after the begin mark has come: bash reads ahead, and drops what it has
  /// read when it is interrupted.
  ///
  /// - Parameter question: What the mark is to answer: it may be asked for twice, and the second answer come late.
  static func end(_ question: Int) -> [UInt8] {
    Array("__bgsh_end \(question) || :\n".utf8)
  }

  /// A prompt of bash's, by the variable that keeps it between lines.
  enum Prompt: String {
    case primary = "__bgsh_ps1"
    case continuation = "__bgsh_ps2"
  }

  /// Asks for a prompt, expanded. The line before it lets bash notice jobs that have changed meanwhile.
  static func prompt(_ prompt: Prompt, after state: LineEnd, runningTasks: Int) -> [UInt8] {
    let words = "\(prompt.rawValue) \(state.status) \(state.newestHistoryNumber + 1)"
    return Array(":\nBGSH_RUNNING=\(runningTasks); __bgsh_prompt \(words) || :\n".utf8)
  }

  /// Asks for the whole history list.
  static let history = Array("__bgsh_dump_history || :\n".utf8)

  /// Lets bash end as if its terminal had closed, with what that means for its jobs and its history file.
  static let hangUp = Array("\\builtin set -o history; \\builtin kill -HUP $$\n".utf8)

  /// Adds a history entry.
  static func keep(_ entry: [UInt8]) -> [UInt8] {
    Array("__bgsh_keep ".utf8) + ShellQuoting.quoted(entry) + Array(" || :\n".utf8)
  }

  /// Removes the newest history entry.
  static let forgetNewestEntry = Array("\\builtin history -d -1\n".utf8)
}

extension [UInt8] {
  /// Whether the word stands anywhere, within other words too.
  fileprivate func containsWord(_ word: String) -> Bool {
    let needle = Array(word.utf8)
    guard count >= needle.count else { return false }
    return (0...(count - needle.count)).contains { self[$0..<($0 + needle.count)].elementsEqual(needle) }
  }
}
