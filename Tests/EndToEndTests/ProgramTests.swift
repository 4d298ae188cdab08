import TestSupport
import Testing

/// Whole programs as a task, compared with bash running them in the background.
struct ProgramTests {
  @Test(arguments: ProgramTable.programs)
  func `a program writes and ends as a task as it does in bash`(program: ProgramTable.Program) throws {
    let list = "(\n\(program.text)\n)"
    let (model, scratch) = (try ScratchState(), try ScratchState())
    // By env: then it is called `bash`, and says so in its messages.
    let expected = try model.command("env", "bash", "-c", "\(list) >\"$HOME/.out\" 2>&1 & wait $! 2>/dev/null").run()
    let launch = try scratch.bgsh("--notify", "off", "-c", "\(list) &bg")
    #expect(launch.standardError == "" || launch.standardError.hasPrefix("[@1] started"))
    let status = try scratch.waitStatus(of: 1)
    #expect(try text(scratch.output(of: 1), in: scratch) == text(FileTree.text("\(model.home)/.out"), in: model))
    #expect(status == expected.status)
  }

  private func text(_ output: String, in scratch: ScratchState) -> String {
    output.replacing(scratch.path, with: "/scratch")
  }
}
