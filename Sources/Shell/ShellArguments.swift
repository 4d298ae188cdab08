import BashEngine
import CInvocation
import CProtocol
import Glibc
import ProcessControl
import Tasks

/// The command line of bgsh: bash's own options are kept as they are, for bash to judge.
struct ShellArguments {
  enum Source {
    /// Typed, or on standard input where that is no terminal.
    case input(arguments: [CString])
    case command(CString, arguments: [CString])
    case script(CString, arguments: [CString])
  }

  typealias CString = UnsafeMutablePointer<CChar>

  /// nil where nothing is to run.
  var source: Source?
  /// What bash is called.
  var name = "bash"
  /// Options that a session's bash is given before anything else, long ones first.
  var bashOptions: [CString] = []
  /// What bash is told where it gets the whole, its name left out.
  var plainWords: [CString] = []
  var isInteractive = false
  var isLogin = false
  var isVerbose = false
  var asksForPosix = false
  /// Whether bash is called `sh`, and is in posix mode once the startup files are read.
  var isCalledSh = false
  var readsStandardInput = false
  var readsNoStartupFile = false
  var readsNoProfile = false
  var startupFile: CString?
  /// The flags of the task that the whole source becomes; nil if it is none.
  var taskFlags: [String]?
  var printsRecord = false
  var notifies = true
  var tellsAtOnce = false
  /// Whether bash is a restricted shell, which loads no library and redirects no output.
  var isRestricted = false
  /// What a session is that has no terminal.
  var sourceKind: Session.Kind { notifies ? .script : .silent }

  /// What a command line may ask for instead of a shell.
  enum Answer {
    case run(ShellArguments)
    case help
    case version
    /// An exact subcommand name, first of all.
    case subcommand
    case wrong(String)
  }

  /// The command that completions run; the job commands are not the only ones.
  private static let completionCommand = "complete-references"

  /// - Parameter words: The whole command line, the program's name first; they live as long as the process.
  static func read(_ words: [CString]) -> Answer {
    // What is read refers to it, for as long.
    let list = UnsafeMutablePointer<CString?>.allocate(capacity: words.count + 1)
    list.initialize(repeating: nil, count: words.count + 1)
    for (index, word) in words.enumerated() { list[index] = word }
    var own = OwnOptions()
    let line = withUnsafeMutablePointer(to: &own) { own in
      bgsh_read_command_line(
        Int32(words.count), list,
        { context, words in
          guard let own = context?.assumingMemoryBound(to: OwnOptions.self) else { return 0 }
          return Int32(own.pointee.take(words))
        }, own)
    }
    if words.count > 1, !line.is_called_bash, isSubcommand(words[1]) { return .subcommand }
    if line.asks_for_help { return .help }
    if line.asks_for_version { return .version }
    if let problem = own.problem ?? problem(of: line) { return .wrong(problem) }
    let arguments = ShellArguments(line, own)
    return arguments.problem.map { .wrong($0) } ?? .run(arguments)
  }

  private static func isSubcommand(_ word: CString) -> Bool {
    JobCommands.has(word) || JobCommands.isForAgents(word) || strcmp(word, completionCommand) == 0
  }

  private static func problem(of line: bgsh_command_line) -> String? {
    let word = line.wrong_word.map { VisibleText.word(String(cString: $0)) } ?? ""
    return switch line.complaint {
    case bgsh_no_complaint: nil
    case bgsh_complaint_nameless: "it was started without a name"
    case bgsh_complaint_missing_value: "'\(word)' needs a file"
    case bgsh_complaint_missing_command: "'-c' needs a command"
    case bgsh_complaint_no_memory: "no memory left"
    default: "unknown option '\(word)'"
    }
  }

  private init(_ line: bgsh_command_line, _ own: OwnOptions) {
    if let name = line.name { self.name = String(cString: name) }
    bashOptions = Self.list(line.options)
    plainWords = Array(Self.list(line.plain_words).dropFirst())
    (isInteractive, isLogin, isVerbose) = (line.is_interactive, line.is_login, line.is_verbose)
    (asksForPosix, isCalledSh, isRestricted) = (line.is_posix, line.is_called_sh, line.is_restricted)
    (readsStandardInput, readsNoStartupFile) = (line.reads_standard_input, line.reads_no_startup_file)
    (readsNoProfile, startupFile) = (line.reads_no_profile, line.startup_file)
    let rest = Self.list(line.arguments)
    if !line.runs_nothing {
      source =
        switch (line.source, line.text) {
        case (bgsh_source_command, let text?): .command(text, arguments: rest)
        case (bgsh_source_script, let text?): .script(text, arguments: rest)
        default: .input(arguments: rest)
        }
    }
    (printsRecord, notifies, tellsAtOnce) = (own.printsRecord, own.notifies, own.tellsAtOnce)
    if !own.flags.isEmpty { taskFlags = own.flags }
  }

  /// The words up to the NULL behind them.
  private static func list(_ words: UnsafeMutablePointer<CString?>?) -> [CString] {
    var list: [CString] = []
    while let word = words?[list.count] { list.append(word) }
    return list
  }

  /// Why what is asked for cannot be a task.
  private var problem: String? {
    guard taskFlags != nil || printsRecord else { return nil }
    guard let taskFlags, taskFlags.contains(TaskFlag.timeout.spelling) else {
      return "'\(taskFlags?.first ?? "--json")' goes with '--timeout' and -c or a script"
    }
    switch source {
    case .input, nil: return "'--timeout' goes with -c or a script"
    case .command, .script: break
    }
    do throws(TaskOptionsError) {
      _ = try TaskOptions(words: taskFlags)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// The options that bash does not know.
private struct OwnOptions {
  /// Those of the task that the whole source becomes, each with its value.
  var flags: [String] = []
  var printsRecord = false
  var notifies = true
  var tellsAtOnce = false
  var problem: String?

  /// Takes the first words; returns how many, 0 if they are no such option, -1 where there is a problem.
  mutating func take(_ words: UnsafePointer<ShellArguments.CString?>) -> Int {
    guard let first = words[0] else { return 0 }
    let option = String(cString: first)
    switch option {
    case "--json":
      printsRecord = true
      return 1
    default:
      if let flag = TaskFlag(named: String(option.dropFirst(2))), !flag.takesValue {
        flags.append(option)
        return 1
      }
      return takeValued(option, next: words[1])
    }
  }

  private mutating func takeValued(_ option: String, next: ShellArguments.CString?) -> Int {
    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard name == "--notify" || TaskFlag(named: String(name.dropFirst(2)))?.takesValue == true else {
      return 0
    }
    guard let value = parts.count == 2 ? String(parts[1]) : next.map({ String(cString: $0) }) else {
      problem = "'\(name)' needs a value"
      return -1
    }
    switch (name, value) {
    case ("--notify", "prompt"), ("--notify", "now"): (notifies, tellsAtOnce) = (true, value == "now")
    case ("--notify", "off"): (notifies, tellsAtOnce) = (false, false)
    case ("--notify", _):
      problem = "'--notify' takes prompt, now or off, not '\(VisibleText.word(value))'"
      return -1
    default: flags += [name, value]
    }
    return parts.count == 2 ? 1 : 2
  }
}
