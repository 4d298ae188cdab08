import ArgumentParser
import BashEngine
import CProtocol
import TaskOperations
import Tasks

/// Tells what there is: the commands by what one wants to do, or one of them.
struct HelpCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "help", abstract: "Tell what bgsh can do, or what a command does.",
    discussion: "In the shell, 'help' is bash's, and says bgsh's part of a command after bash's.")

  @Argument(help: ArgumentHelp("A job command, or bg for the flags of '&bg'.", valueName: "name"))
  var name: String?

  /// Whatever stands in none of the groups is missing in a test.
  private static let groups: [(purpose: String, commands: [String])] = [
    ("see what is going on", ["jobs", "output", "notifications", "why", "digest"]),
    ("wait for a task, take it back, end it", ["wait", "fg", "kill", "rerun"]),
    ("keep house", ["prune", "doctor", "help"]),
  ]

  func perform() throws -> Int32 {
    guard let name else {
      try Console.print(Self.overview)
      return ExitStatus.done
    }
    if name == "bg" || name == "&bg" {
      try Console.print(Self.backgroundHelp)
    } else if let command = Bgsh.jobCommands.first(where: { $0._commandName == name }) {
      try Console.print([Bgsh.helpMessage(for: command)])
    } else if JobCommands.forAgents.contains(name) {
      try Console.print(["'bgsh \(name) --help' says what it does"])
    } else {
      let known = JobCommands.all + JobCommands.forAgents + ["bg"]
      let nearest = SimilarWord.nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
      Console.complain("no help for '\(VisibleText.word(name))'\(nearest); 'bgsh help' lists what there is")
      return ExitStatus.failed
    }
    return ExitStatus.done
  }

  private static var overview: [String] {
    let abstracts = Dictionary(
      uniqueKeysWithValues: Bgsh.jobCommands.map { ($0._commandName, $0.configuration.abstract) })
    var lines = [
      "run a command in the background:",
      "  COMMAND &bg [FLAGS]      its end is told at the prompt; 'bgsh help bg' lists the flags",
      "  --timeout 5m COMMAND     the same, with a limit",
    ]
    for group in groups {
      lines += ["", "\(group.purpose):"]
      lines += group.commands.map { name in
        let padding = String(repeating: " ", count: max(1, 15 - name.count))
        return "  \(name)\(padding)\((abstracts[name] ?? "").lowercasedStart)"
      }
    }
    lines += [
      "", "for programs that take turns: \(JobCommands.forAgents.map { "bgsh \($0)" }.joined(separator: ", "))", "",
      "A task is @7, @NAME, or @@ for the newest. 'bgsh help NAME' and bgsh-NAME(1) say more, and bgsh(1) all.",
    ]
    return lines
  }

  private static let backgroundHelp =
    [
      "COMMAND &bg [FLAGS]", "  COMMAND goes on in the background, and its end is told at the prompt.",
      "--timeout DURATION [FLAGS] COMMAND", "  The same, written as a prefix.", "", "flags:",
    ] + TaskFlag.helpLines + ["", "bgsh(1) says more of them."]
}

extension String {
  /// As it stands within a sentence, without its period.
  fileprivate var lowercasedStart: String {
    prefix(1).lowercased() + dropFirst().prefix(hasSuffix(".") ? count - 2 : count)
  }
}
