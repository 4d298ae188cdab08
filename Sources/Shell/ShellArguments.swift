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

  var source = Source.input(arguments: [])
  /// Options that bash is given before anything else: set and shopt options, as they were typed.
  var bashOptions: [CString] = []
  var isInteractive = false
  var isLogin = false
  /// Whether it was started as `-bgsh`.
  var hasLoginName = false
  var readsStandardInput = false
  var readsNoStartupFile = false
  var startupFile: CString?
  /// The flags of the task that the whole source becomes; nil if it is none.
  var taskFlags: [String]?
  var printsRecord = false
  var notifies = true
  /// What a command line may ask for instead of a shell.
  enum Answer {
    case run(ShellArguments)
    case help
    case version
    /// An exact subcommand name, first of all.
    case subcommand
    case wrong(String)
  }

  /// The job commands that there are.
  static let subcommands: Set<String> = [
    "jobs", "fg", "wait", "kill", "output", "notifications", "why", "rerun", "prune", "doctor", "complete-references",
  ]

  /// - Parameter words: The whole command line, the program's name first.
  static func read(_ words: [CString]) -> Answer {
    var reader = Reader(words: words)
    return reader.read()
  }
}

extension ShellArguments {
  /// Whether an option asks for posix mode.
  var asksForPosix: Bool {
    zip(bashOptions, bashOptions.dropFirst()).contains { option, value in
      String(cString: option) == "-o" && String(cString: value) == "posix"
    }
  }

  /// Whether bash is to read and not to run, as `-n` says.
  var onlyReads: Bool {
    let options = bashOptions.map { String(cString: $0) }
    return !isInteractive
      && options.indices.contains { index in
        let isLetters = options[index].hasPrefix("-") && !options[index].hasPrefix("--")
        return isLetters && options[index].contains("n") || options[index...].starts(with: ["-o", "noexec"])
      }
  }

  /// The options without `-v`, under which bash would echo bgsh's own first lines, and whether it is among them.
  var optionsWithoutVerbose: (options: [CString], isVerbose: Bool) {
    var kept: [CString] = []
    var isVerbose = false
    var rest = bashOptions[...]
    while let option = rest.popFirst() {
      let text = String(cString: option)
      if text == "-o", let name = rest.first, String(cString: name) == "verbose" {
        rest.removeFirst()
        isVerbose = true
        continue
      }
      if text.hasPrefix("-"), text.contains("v") {
        isVerbose = true
        // It lives as long as the process.
        if text != "-v", let copy = strdup(text.filter { $0 != "v" }) { kept.append(copy) }
      } else {
        kept.append(option)
      }
      if text.contains(where: "oO".contains), let value = rest.popFirst() { kept.append(value) }
    }
    return (kept, isVerbose)
  }

  /// What bash itself is to be told: its options, the source and the source's arguments.
  var plainWords: [CString] {
    var words = bashOptions
    func append(_ literal: StaticString) {
      // String literals live as long as the process; nobody writes to them.
      words.append(
        UnsafeMutablePointer(mutating: UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self)))
    }
    if isLogin { append("-l") }
    if isInteractive { append("-i") }
    switch source {
    case .command(let command, let arguments):
      append("-c")
      append("--")
      words += [command] + arguments
    case .script(let script, let arguments):
      append("--")
      words += [script] + arguments
    case .input(let arguments):
      if readsStandardInput { append("-s") }
      append("--")
      words += arguments
    }
    return words
  }

  private struct Reader {
    let words: [CString]
    private var next = 1
    private var arguments = ShellArguments()
    private var hasCommand = false
    private var flags: [String] = []

    init(words: [CString]) {
      self.words = words
    }

    mutating func read() -> Answer {
      guard let name = words.first else { return .wrong("it was started without a name") }
      if name.pointee == CChar(UInt8(ascii: "-")) { (arguments.isLogin, arguments.hasLoginName) = (true, true) }
      if let first = word(1), ShellArguments.subcommands.contains(first) { return .subcommand }
      while let option = word(next), option.hasPrefix("-") || option.hasPrefix("+"), option.utf8.count > 1 {
        if option == "--" {
          next += 1
          break
        }
        // A command may begin with the prefix form.
        if hasCommand, option.hasPrefix("--"), option.contains(where: \.isWhitespace) { break }
        if let answer = take(option) { return answer }
      }
      return finish()
    }

    private func word(_ index: Int) -> String? {
      index < words.count ? String(cString: words[index]) : nil
    }

    /// Takes one option with its value.
    private mutating func take(_ option: String) -> Answer? {
      switch option {
      case "--help": return .help
      case "--version": return .version
      case "--login": arguments.isLogin = true
      case "--norc": arguments.readsNoStartupFile = true
      case "--json": arguments.printsRecord = true
      case "--quiet", "--split": flags.append(option)
      case "--rcfile", "--init-file":
        guard next + 1 < words.count else { return .wrong("'\(option)' needs a file") }
        arguments.startupFile = words[next + 1]
        next += 1
      case _ where option.hasPrefix("--"):
        return takeValued(option)
      default:
        return takeLetters(option)
      }
      next += 1
      return nil
    }

    private mutating func takeValued(_ option: String) -> Answer? {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard name == "--notify" || TaskOptions.Flag(rawValue: String(name.dropFirst(2)))?.takesValue == true else {
        return .wrong("unknown option '\(VisibleText.word(option))'")
      }
      guard let value = parts.count == 2 ? String(parts[1]) : word(next + 1) else {
        return .wrong("'\(name)' needs a value")
      }
      next += parts.count == 2 ? 1 : 2
      guard name == "--notify" else {
        flags += [name, value]
        return nil
      }
      switch value {
      case "prompt": arguments.notifies = true
      case "off": arguments.notifies = false
      default: return .wrong("'--notify' takes prompt or off, not '\(VisibleText.word(value))'")
      }
      return nil
    }

    /// Takes a word like `-xec`: letters of set, and bash's own `c`, `i`, `l`, `s`, `o` and `O`.
    private mutating func takeLetters(_ option: String) -> Answer? {
      var kept = String(option.prefix(1))
      var values = 0
      for letter in option.dropFirst() {
        switch letter {
        case "c": hasCommand = true
        case "i": arguments.isInteractive = true
        case "l" where option.hasPrefix("-"): arguments.isLogin = true
        case "s": arguments.readsStandardInput = true
        case "o", "O":
          values += 1
          kept.append(letter)
        default: kept.append(letter)
        }
      }
      let first = next
      next += 1 + values
      guard next <= words.count else { return .wrong("'\(option)' needs a value") }
      if kept.count > 1 {
        // It lives as long as the process.
        guard let copy = strdup(kept) else { return .wrong("out of memory") }
        arguments.bashOptions.append(copy)
        arguments.bashOptions += words[(first + 1)..<next]
      }
      return nil
    }

    private mutating func finish() -> Answer {
      let rest = Array(words.dropFirst(next))
      if hasCommand {
        guard let command = rest.first else { return .wrong("'-c' needs a command") }
        arguments.source = .command(command, arguments: Array(rest.dropFirst()))
      } else if !arguments.readsStandardInput, let script = rest.first {
        arguments.source = .script(script, arguments: Array(rest.dropFirst()))
      } else {
        arguments.source = .input(arguments: rest)
      }
      return checkTask() ?? .run(arguments)
    }

    private mutating func checkTask() -> Answer? {
      guard !flags.isEmpty || arguments.printsRecord else { return nil }
      guard flags.contains("--timeout") else {
        return .wrong("'\(flags.first ?? "--json")' goes with '--timeout' and -c or a script")
      }
      if case .input = arguments.source { return .wrong("'--timeout' goes with -c or a script") }
      do throws(TaskOptionsError) {
        _ = try TaskOptions(words: flags)
      } catch {
        return .wrong("\(error)")
      }
      arguments.taskFlags = flags
      return nil
    }
  }
}
