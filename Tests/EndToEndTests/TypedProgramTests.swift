import TestSupport
import Testing

/// Whole programs typed into bash and into bgsh, line by line: the same prompts, the same output.
struct TypedProgramTests {
  /// A terminal shows a tab as blanks, so that what was typed could not be told from what is said.
  private static let programs = ProgramTable.programs.filter { !$0.text.contains("\t") }

  /// Several to a session, which is what a session is.
  private static let sittings = stride(from: 0, to: programs.count, by: 24).map {
    Array(programs[$0..<min($0 + 24, programs.count)])
  }

  @Test(arguments: sittings.indices)
  func `programs are read and run as in bash`(sitting: Int) throws {
    // One that ends the shell or changes it for good does so in a subshell.
    let (bgsh, bash) = try transcripts(startupFile: "PS2='more> '; set +o history") {
      shell, transcript in
      for program in Self.sittings[sitting] {
        transcript.append("\(program.name): \(try shell.turn("(\n\(program.text)\n)"))")
        transcript.append(try shell.turn("echo $?"))
      }
    }
    for (own, expected) in zip(bgsh, bash) { #expect(own == expected) }
    #expect(bgsh.count == bash.count)
  }
}
