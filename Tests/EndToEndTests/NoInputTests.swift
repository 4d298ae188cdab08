import TestSupport
import Testing

/// `--no-input`: standard input reads end of file, also on a terminal.
struct NoInputTests {
  private let list = "{ read x; echo \"$? $([[ -t 0 ]] && echo terminal)\"; }"

  @Test func `a task of a terminal reads end of file, and so does its rerun`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("\(list) &bg --no-input --name it")
    try scratch.waitForEnd()
    try shell.turn("--timeout 1m --no-input \(list)")
    try scratch.waitForEnd(of: 2)
    try shell.turn("rerun @it")
    try scratch.waitForEnd(of: 3)
    for id: Int64 in 1...3 { #expect(try scratch.output(of: id) == "1 \n", "@\(id)") }
    try shell.turn("\(list) &bg")
    try scratch.waitForState("waiting-for-input", of: 4)
  }

  @Test(arguments: [true, false])
  func `a task of a source has no input, with the flag and without`(isScript: Bool) throws {
    let scratch = try ScratchState()
    let source = "\(list) &bg --no-input\nwait @@\n\(list) &bg\nwait @@\necho $?\n"
    let outcome =
      isScript ? try scratch.bgsh(scratch.write(source, to: "script")) : try scratch.bgsh("-c", source)
    #expect(outcome.standardOutput == "0\n")
    #expect(try scratch.output() == "1 \n")
    #expect(try scratch.output(of: 2) == "1 \n")
  }

  @Test func `what the list redirects itself stays`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", "cat <<E &bg --no-input\nbody\nE\nwait")
    #expect(try scratch.output() == "body\n")
  }

  @Test func `the whole of a command line can have none`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    // The session of the shell itself holds the first number.
    try shell.turn("\(BuiltProducts.bgsh) --timeout 1m --no-input -c '\(list)'")
    try scratch.waitForEnd(of: 2)
    #expect(try scratch.output(of: 2) == "1 \n")
  }
}
