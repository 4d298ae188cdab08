import ArgumentParser

/// The command line as the user knows it: `bgsh jobs`, whatever program runs it.
struct Bgsh: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bgsh",
    abstract: "Job commands of bgsh, from any terminal or program.",
    discussion: "A task is written @7, @name, or @@ for the newest of this session.",
    subcommands: jobCommands + [CompleteReferencesCommand.self])

  static let jobCommands: [any JobCommand.Type] = [
    JobsCommand.self, ForegroundCommand.self, WaitCommand.self, KillCommand.self, OutputCommand.self,
    DigestCommand.self, NotificationsCommand.self, WhyCommand.self, RerunCommand.self, PruneCommand.self,
    DoctorCommand.self, HelpCommand.self,
  ]
}

/// One of the job commands.
protocol JobCommand: ParsableCommand {
  /// The exit status when bgsh itself fails.
  static var failureStatus: Int32 { get }

  /// Does what was asked.
  ///
  /// - Returns: The exit status.
  mutating func perform() throws -> Int32
}

extension JobCommand {
  static var failureStatus: Int32 { ExitStatus.failed }
}
