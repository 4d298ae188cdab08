import Advice
import ArgumentParser
import ProcessControl
import StateFiles
import TaskOperations

/// Prints what matters in an output, whoever has written it.
struct DigestCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest", abstract: "Print what matters in an output.",
    discussion: "At most 5 of its lines. Without a file: of standard input.")

  @Option(help: "What was run; it tells which test runner or compiler to look for.")
  var command: String?

  @Option(help: ArgumentHelp("How it ended; of 0, the last lines are shown.", valueName: "status"))
  var status: Int32 = 1

  @Option(help: ArgumentHelp("The output of a run that went well: what is new goes first.", valueName: "file"))
  var lastGood: String?

  @Argument(help: "The output.")
  var file: String?

  func perform() throws -> Int32 {
    let good = try lastGood.map(OutputExcerpt.reading)
    let output = try file.map(OutputExcerpt.reading) ?? OutputExcerpt.readingStandardInput()
    try Console.print(Digest(of: output, command: command, ending: ProgramEnding(status: status), lastGood: good).lines)
    return ExitStatus.done
  }
}
