import CProtocol
import TestSupport
import Testing

/// What `--help`, the manual pages and the three completions say about options is the same.
struct DocumentationTests {
  /// The job commands: those that have a manual page, except `bg`, which is bash's and exists in the shell only.
  static let commands = FileTree.names(in: "\(Checkout.root)/man")
    .filter { $0.hasPrefix("bgsh-") && $0.hasSuffix(".1") }
    .map { String($0.dropFirst("bgsh-".count).dropLast(".1".count)) }
    .filter { $0 != "bg" && !forAgents.contains($0) }

  /// Those that programs use: no builtin of the shell goes by their names.
  static let forAgents = ["tool", "mcp", "hook"]

  @Test func `the job commands are those of the one table`() throws {
    let table = (0...).lazy.map(bgsh_job_command).prefix { $0 != nil }.compactMap {
      $0.map { String(cString: $0.pointee.name) }
    }
    #expect(Set(table) == Set(DocumentationTests.commands))
    let bash = try run(
      Command(
        "bash",
        [
          "-c", "source completions/bgsh.bash; COMP_LINE='bgsh ' COMP_POINT=5; _bgsh bgsh ''; echo \"${COMPREPLY[*]}\"",
        ],
        directory: Checkout.root))
    let fish = try run(
      Command(
        "fish", ["--no-config", "-c", "source completions/bgsh.fish; complete -C'bgsh '"], directory: Checkout.root))
    let zsh = try FileTree.text("\(Checkout.root)/completions/_bgsh")
    let readme = try FileTree.text("\(Checkout.root)/README.md")
    for command in table + Self.forAgents {
      #expect(bash.split(whereSeparator: \.isWhitespace).contains { $0 == command }, "\(command)")
      #expect(fish.split(separator: "\n").contains { $0.hasPrefix("\(command)\t") }, "\(command)")
      #expect(zsh.contains("    '\(command):"), "\(command)")
      #expect(readme.contains("| `\(command)"), "\(command)")
    }
  }

  @Test func `every job command has a manual page`() throws {
    let help = try run(Command(BuiltProducts.bgctl, ["--help"]))
    let listed = help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst().prefix { $0.hasPrefix("  ") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
      .filter { $0 != "See" }
    #expect(Set(listed) == Set(DocumentationTests.commands))
  }

  @Test func `every state of a task is explained, and completed`() throws {
    let refusal = try Command(BuiltProducts.bgctl, ["jobs", "--state", "nonsense"]).run().standardError
    let start = try #require(refusal.firstRange(of: "the states are ")?.upperBound)
    let states = refusal[start...].prefix { $0 != "\n" }.split { ", ".contains($0) }
    #expect(states.contains("running") && states.contains("lost"), "\(refusal)")
    let (manual, jobs) = try (page("bgsh"), page("bgsh-jobs"))
    let others = try (["_bgsh", "bgsh.bash", "bgsh.fish"].map { "completions/\($0)" } + ["docs/design/records.md"])
      .map { (name: $0, text: try FileTree.text("\(Checkout.root)/\($0)")) }
    for state in states {
      #expect(manual.contains("\n.It Cm \(state)\n"), "bgsh.1 does not explain '\(state)'")
      #expect(jobs.contains("\n.Cm \(state)"), "bgsh-jobs.1 does not list '\(state)'")
      for other in others { #expect(other.text.contains(state), "\(other.name) does not know '\(state)'") }
    }
  }

  private func page(_ name: String) throws -> String { try FileTree.text("\(Checkout.root)/man/\(name).1") }

  @Test(arguments: commands + forAgents)
  func `help and manual page agree`(command: String) throws {
    let (manual, help) = try (manualOptions("bgsh-\(command)"), helpOptions(command))
    #expect(manual == help)
  }

  @Test(arguments: commands + forAgents, ["bash", "zsh", "fish"])
  func `help and completion agree`(command: String, shell: String) throws {
    let (completed, help) = try (completedOptions(shell, command), helpOptions(command))
    #expect(completed == help)
  }

  /// The table that Tab asks within a bgsh, and by which the library knows the words of tasks from those of bash.
  @Test(arguments: commands)
  func `help and the table of options agree`(command: String) throws {
    var (all, valued): (Set<String>, Set<String>) = ([], [])
    var position = 0
    while let option = bgsh_job_option(position)?.pointee {
      position += 1
      guard String(cString: option.command) == command else { continue }
      all.insert(String(cString: option.name))
      if option.takes_value { valued.insert(String(cString: option.name)) }
    }
    let isLong = { (option: String) in option.hasPrefix("--") }
    let help = try run(Command(BuiltProducts.bgctl, [command, "--help"]))
    #expect(all.filter(isLong) == options(inHelp: help).subtracting(universal).filter(isLong))
    let valuedInHelp = options(inHelp: help.split(separator: "\n").filter { $0.contains(" <") }.joined(separator: "\n"))
    // The library reads the words of those that are bash's as well, short ones included.
    let isExtended = bgsh_find_job_command(command)?.pointee.kind == bgsh_job_command_extended
    #expect(valued == (isExtended ? valuedInHelp : valuedInHelp.filter(isLong)))
  }

  @Test func `bgsh's own options are the same everywhere`() throws {
    // Short ones are bash's own, which the help need not list one by one.
    let help = options(inHelp: try run(Command(BuiltProducts.bgsh, ["--help"])))
    let manual = try manualOptions("bgsh").filter { $0.hasPrefix("--") }
    let listed = help.filter { $0.hasPrefix("--") }
    #expect(listed == manual)
    for shell in ["bash", "zsh", "fish"] {
      let completed = try completedOptions(shell, nil).filter { $0.hasPrefix("--") }
      #expect(completed == manual.subtracting(universal), "\(shell)")
    }
  }

  /// Options that every command has and that need no words of their own.
  private let universal: Set = ["-h", "--help", "--version"]

  private func helpOptions(_ command: String) throws -> Set<String> {
    let program = Self.forAgents.contains(command) ? BuiltProducts.bgsh : BuiltProducts.bgctl
    return options(inHelp: try run(Command(program, [command, "--help"]))).subtracting(universal)
  }

  /// The options that begin a line of a help text: `  -n, --lines <count>   Only the last lines.`
  private func options(inHelp text: String) -> Set<String> {
    var found: Set<String> = []
    for line in text.split(separator: "\n") where line.hasPrefix(" ") {
      let definition = line.drop { $0 == " " }
      let end = definition.firstRange(of: "  ")?.lowerBound ?? definition.endIndex
      for part in definition[..<end].split(separator: ",") {
        guard let word = part.split(whereSeparator: { " =[".contains($0) }).first, isOption(word) else { break }
        found.insert(String(word))
      }
    }
    return found
  }

  /// The options that have an item of their own in a manual page: `.It Fl n Ar lines , Fl \-lines Ar lines`.
  private func manualOptions(_ page: String) throws -> Set<String> {
    var found: Set<String> = []
    for line in try self.page(page).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.first == ".It" else { continue }
      for (macro, name) in zip(words, words.dropFirst()) where macro == "Fl" {
        let option = "-" + name.filter { $0 != "\\" }
        if isOption(option) { found.insert(option) }
      }
    }
    return page == "bgsh" ? found : found.subtracting(universal)
  }

  /// What a shell's completion offers where an option may stand.
  private func completedOptions(_ shell: String, _ command: String?) throws -> Set<String> {
    let words = command.map { "bgsh \($0)" } ?? "bgsh"
    let lines =
      switch shell {
      case "bash":
        try run(
          Command(
            "bash",
            [
              "-c",
              """
              source completions/bgsh.bash
              COMP_LINE="$1 -" COMP_POINT=$((${#1} + 2)) COMP_WORDS=($1 -) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
              _bgsh bgsh - "${COMP_WORDS[COMP_CWORD - 1]}"
              printf '%s\\n' "${COMPREPLY[@]}"
              """, "bash", words,
            ], directory: Checkout.root))
      case "fish":
        try run(
          Command(
            "fish", ["--no-config", "-c", "source completions/bgsh.fish; complete -C'\(words) -'"],
            directory: Checkout.root))
      default: try zshOptions(command)
      }
    let offered = lines.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }.filter(isOption)
    return Set(offered).subtracting(universal)
  }

  /// The specifications in `_bgsh`, one option a line: zsh completes on a terminal only.
  private func zshOptions(_ command: String?) throws -> String {
    var options: [String] = []
    var current: String?
    for line in try FileTree.text("\(Checkout.root)/completions/_bgsh").split(separator: "\n") {
      let text = line.drop { $0 == " " }
      let label = text.dropLast()
      if text.hasSuffix(")"), !label.isEmpty, label.allSatisfy(\.isLetter) { current = String(label) }
      guard current == command else { continue }
      for specification in text.split(separator: "'") {
        // '--json[…]', '(--peek)--history[…]', '*--state[…]', {-a,--all}
        let names = specification.split(separator: "[").first ?? ""
        let bare = names.drop { $0 == "*" }
        let unbraced = bare.hasPrefix("{") ? bare.filter { !"{}".contains($0) } : String(bare)
        let behindGroup = unbraced.hasPrefix("(") ? String(unbraced.drop { $0 != ")" }.dropFirst()) : unbraced
        guard bare.hasPrefix("{") || specification.contains("[") else { continue }
        options += behindGroup.split(separator: ",").map { String($0.drop { $0 == "*" }) }
      }
    }
    return options.joined(separator: "\n")
  }

  private func isOption(_ word: some StringProtocol) -> Bool {
    let name = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst(1)
    guard word.hasPrefix("-"), name.first?.isLetter == true else { return false }
    return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } && (word.hasPrefix("--") || name.count == 1)
  }

  private func run(_ command: Command) throws -> String {
    let outcome = try command.run()
    guard outcome.status == .success else {
      Issue.record("\(command.program) \(command.arguments): \(outcome.status) \(outcome.standardError)")
      return ""
    }
    return outcome.standardOutput
  }
}
