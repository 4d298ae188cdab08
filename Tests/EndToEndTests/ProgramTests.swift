import TestSupport
import Testing

/// Whole programs as a task, compared with bash running them in the background.
struct ProgramTests {
  /// Several with one state, which is what a state is for.
  private static let sittings = stride(from: 0, to: ProgramTable.programs.count, by: 24).map {
    Array(ProgramTable.programs[$0..<min($0 + 24, ProgramTable.programs.count)])
  }

  @Test(arguments: sittings.indices)
  func `programs write and end as tasks as they do in bash`(sitting: Int) throws {
    let (model, scratch) = (try ScratchState(), try ScratchState())
    for (number, program) in Self.sittings[sitting].enumerated() {
      let task = "program-\(number)"
      let list = "(\n\(program.text)\n)"
      // By env: then it is called `bash`, and says so in its messages.
      let expected = try model.command("env", "bash", "-c", "\(list) >\"$HOME/.out\" 2>&1 & wait $! 2>/dev/null").run()
      let launch = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg --name \(task)")
      #expect(launch.standardError == "" || launch.standardError.hasPrefix("[@"), "\(program.name)")
      let status = try scratch.bgsh("wait", "@\(task)").status
      let written = try text(scratch.bgsh("output", "@\(task)").standardOutput, in: scratch)
      #expect(written == (try text(FileTree.text("\(model.home)/.out"), in: model)), "\(program.name)")
      #expect(status == expected.status, "\(program.name)")
    }
  }

  private func text(_ output: String, in scratch: ScratchState) -> String {
    output.replacing(scratch.path, with: "/scratch")
  }
}
