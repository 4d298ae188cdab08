import TestSupport
import Testing

extension ScratchState {
  /// Runs a program there, with more variables.
  func run(
    _ program: String, _ arguments: [String], _ variables: [String: String] = [:], input: Command.Input = .nothing
  ) throws -> Outcome {
    try Command(
      program, arguments, environment: environment.merging(variables) { $1 }, directory: path
    ).run(input: input)
  }
}

/// Expects what bash writes and how it ends with the same arguments. In them `&bg` stands for `&`.
func expectAsInBash(
  _ arguments: [String], files: [String: String] = [:], input: String = "", environment: [String: String] = [:],
  at location: SourceLocation = #_sourceLocation
) throws {
  var outcomes: [Outcome] = []
  var written: [String] = []
  for isBash in [false, true] {
    let scratch = try ScratchState()
    func text(_ source: String) -> String { isBash ? source.replacing("&bg", with: "&") : source }
    for (name, source) in files { try scratch.write(text(source), to: name) }
    // By env: then it is called `bash`, and says so in its messages.
    let program = isBash ? "env" : BuiltProducts.bgsh
    let words = (isBash ? ["bash"] : ["--notify", "off"]) + arguments.map(text)
    outcomes.append(try scratch.run(program, words, environment, input: .text(text(input))))
    written.append((try? FileTree.text("\(scratch.path)/task.out")) ?? "")
  }
  // Bash quotes the line that it does not understand, and a script may read itself.
  let own = outcomes[0].standardOutput.replacing("&bg", with: "&")
  let ownErrors = outcomes[0].standardError.replacing("&bg", with: "&")
  #expect(own == outcomes[1].standardOutput, sourceLocation: location)
  #expect(ownErrors == outcomes[1].standardError, sourceLocation: location)
  #expect(outcomes[0].status == outcomes[1].status, sourceLocation: location)
  #expect(written[0] == written[1], "what the task wrote", sourceLocation: location)
}
