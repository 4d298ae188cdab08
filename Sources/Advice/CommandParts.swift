/// The simple commands of a command line, as words.
enum CommandParts {
  /// nil where there is more to it than commands one after the other and pipelines: whoever does not understand all of it
  /// says nothing.
  static func of(_ command: String) -> [[String]]? {
    var parts: [[String]] = []
    var words: [String] = []
    var word: String?
    var quote: Character?
    var escaped = false
    func endWord() {
      if let ended = word { words.append(ended) }
      word = nil
    }
    func endPart() {
      endWord()
      if !words.isEmpty { parts.append(words) }
      words = []
    }
    for character in command {
      if escaped {
        word = (word ?? "") + (character == "\n" ? "" : String(character))
        escaped = false
        continue
      }
      if let open = quote {
        if character == open {
          quote = nil
        } else if open == "\"", character == "\\" {
          escaped = true
        } else if open == "\"", character == "`" || character == "(" && word?.last == "$" {
          return nil
        } else {
          word = (word ?? "") + String(character)
        }
        continue
      }
      switch character {
      case "\\": escaped = true
      case "'", "\"":
        quote = character
        word = word ?? ""
      case " ", "\t": endWord()
      case ";", "\n", "|", "&":
        // `2>&1`
        if character == "&", let last = word?.last, last == ">" || last == "<" {
          word?.append(character)
        } else {
          endPart()
        }
      case ">" where word == nil || word?.allSatisfy(\.isNumber) == true: word = (word ?? "") + ">"
      case "(", ")", "`", "{", "}": return nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !escaped else { return nil }
    endPart()
    var commands: [[String]] = []
    for part in parts {
      guard let plain = plain(part) else { return nil }
      if !plain.isEmpty { commands.append(plain) }
    }
    return commands
  }

  private static let keywords: Set = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "function",
    "[[", "coproc", "!", "eval", "exec",
  ]
  /// Programs that run the command behind them.
  private static let wrappers: Set = [
    "sudo", "time", "nice", "ionice", "nohup", "command", "builtin", "env", "npx", "bunx", "stdbuf", "setsid",
    "xvfb-run",
  ]
  private static let runners: [String: Set<String>] = [
    "uv": ["run"], "poetry": ["run"], "pipenv": ["run"], "pdm": ["run"], "hatch": ["run"], "bundle": ["exec"],
    "pnpm": ["exec", "dlx"], "yarn": ["dlx"], "npm": ["exec"], "rye": ["run"],
  ]

  /// Without assignments, redirections, and programs that only run another; nil for what is no simple command.
  private static func plain(_ part: [String]) -> [String]? {
    var words: [String] = []
    var skips = false
    for word in part {
      if skips {
        skips = false
      } else if word.hasPrefix("<<") {
        return nil
      } else if let sign = word.firstIndex(where: { $0 == ">" || $0 == "<" }), word[..<sign].allSatisfy(\.isNumber) {
        // The file may be the next word.
        skips = word.last == ">" || word.last == "<"
      } else {
        words.append(word)
      }
    }
    while let first = words.first {
      if let sign = first.firstIndex(of: "="), first[..<sign].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) {
        words.removeFirst()
      } else if wrappers.contains(first) {
        words.removeFirst()
        while words.first?.hasPrefix("-") == true { words.removeFirst() }
      } else if first == "timeout" {
        words.removeFirst()
        while words.first?.hasPrefix("-") == true { words.removeFirst() }
        if !words.isEmpty { words.removeFirst() }
      } else if let subcommands = runners[first], words.count > 1, subcommands.contains(words[1]) {
        words.removeFirst(2)
      } else if first.hasPrefix("python"), words.count > 2, words[1] == "-m" {
        words.removeFirst(2)
      } else if first.hasPrefix("python"), words.count > 1, words[1].hasSuffix(".py") {
        words.removeFirst()
      } else {
        break
      }
    }
    return words.first.map(keywords.contains) == true ? nil : words
  }
}
