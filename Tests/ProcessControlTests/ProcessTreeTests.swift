import Glibc
import ProcessControl
import TestSupport
import Testing

/// How a process is found by what it writes to.
struct ProcessTreeTests {
  /// Starts a process whose parent goes at once, and waits until it is what it is to be.
  private func start(_ redirections: String, in scratch: ScratchState) throws -> Int32 {
    let script = "cd '\(scratch.path)'; sleep 1234 \(redirections) & echo $!"
    let outcome = try scratch.command("sh", "-c", script).run()
    let processID = try #require(Int32(outcome.standardOutput.dropLast()))
    try waitUntil("it sleeps") {
      scratch.survivors.contains { $0.processID == processID && $0.commandLine == "sleep 1234" }
    }
    return processID
  }

  private func writers(of path: String, strangers: Set<Int32> = [], since: UInt64 = 0) throws -> [Int32] {
    let outputs = [FileIdentity(path: path)].compactMap { $0 }
    let table = try ProcessTable(markedBy: ["BGSH_NO_SUCH_VARIABLE"], since: since)
    let tree = try ProcessTree(known: [], marks: ["1"], outputs: outputs, strangers: strangers, in: table)
    return tree.members.map(\.processID)
  }

  @Test(arguments: [
    (">>file 2>/dev/null", true), (">/dev/null 2>>file", true), (">>file 2>&1", true), (">file 2>/dev/null", true),
    ("1<>file 2>/dev/null", true), (">>same 2>/dev/null", true), (">>link 2>/dev/null", true),
    ("1<file 2<file", false), ("<file >/dev/null 2>&1", false), ("3>>file >/dev/null 2>&1", false),
    (">/dev/null 2>&1", false), (">>other 2>&1", false),
  ])
  func `who writes to a file with standard output or standard error is found by that`(
    redirections: String, isFound: Bool
  ) throws {
    let scratch = try ScratchState()
    let file = try scratch.write("", to: "file")
    try scratch.write("", to: "other")
    #expect(link(file, "\(scratch.path)/same") == 0)
    #expect(symlink(file, "\(scratch.path)/link") == 0)
    let processID = try start(redirections, in: scratch)
    #expect(try writers(of: file) == (isFound ? [processID] : []))
    #expect(try writers(of: file, strangers: [processID]) == [])
    let startTicks = try #require(ProcessSighting.of(processID).state).startTicks
    #expect(try writers(of: file, since: startTicks) == writers(of: file))
    #expect(try writers(of: file, since: startTicks + 1) == [], "what is older does not matter")
    #expect(try writers(of: "\(scratch.path)/link") == [], "a link is no file that anybody writes to")
    #expect(unlink(file) == 0)
    #expect(try writers(of: file) == [], "nor is what has gone")
  }

  @Test func `a file is the same under each of its names, and no other`() throws {
    let scratch = try ScratchState()
    let file = try scratch.write("", to: "file")
    let other = try scratch.write("", to: "other")
    #expect(link(file, "\(scratch.path)/same") == 0)
    #expect(symlink(file, "\(scratch.path)/link") == 0)
    #expect(mkfifo("\(scratch.path)/fifo", 0o600) == 0)
    let identity = try #require(FileIdentity(path: file))
    #expect(FileIdentity(path: "\(scratch.path)/same") == identity)
    #expect(try #require(FileIdentity(path: other)) != identity)
    for name in ["", "link", "fifo", "none"] { #expect(FileIdentity(path: "\(scratch.path)/\(name)") == nil) }
    #expect(FileIdentity(path: "/dev/null") == nil)
  }
}
