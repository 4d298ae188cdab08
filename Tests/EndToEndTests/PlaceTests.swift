import Glibc
import TestSupport
import Testing

/// Where the processes of a session stand: nobody keeps a directory busy that the user has left.
struct PlaceTests {
  @Test func `bgsh stands where its bash stands, the supervisor nowhere`() throws {
    let scratch = try ScratchState()
    try FileTree.makeDirectories("\(scratch.path)/there")
    let shell = try ShellSession(in: scratch)
    let processes = try SessionProcesses(in: scratch)
    #expect(place(processes.bgsh) == scratch.path)
    #expect(place(processes.supervisor) == "/")
    try shell.turn("cd there")
    #expect(place(processes.bgsh) == "\(scratch.path)/there")
    try shell.turn("mkdir gone; cd gone; rmdir ../gone; true")
    #expect(place(processes.bgsh)?.hasSuffix("/gone (deleted)") == true)
    try shell.turn("cd /")
    #expect(place(processes.bgsh) == "/")
    #expect(try shell.turn("true &bg").contains("started"))
  }

  @Test func `a source keeps nothing busy but what its bash does`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    try scratch.write(
      "true &bg --quiet; cd /; echo here >\(scratch.path)/seen; read <\(scratch.path)/gate\n", to: "script")
    let terminal = try PseudoTerminal(scratch.command(BuiltProducts.bgsh, "script"))
    try waitUntil("the script to be there") { FileTree.exists("\(scratch.path)/seen") }
    let processes = try SessionProcesses(in: scratch)
    #expect([processes.bgsh, processes.supervisor, processes.bash].map(place) == ["/", "/", "/"])
    try gate.open()
    #expect(try terminal.waitForExit() == .success)
  }

  /// The supervisor that takes the place of another one is no fork.
  @Test func `another supervisor stands nowhere, too`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let first = try SessionProcesses(in: scratch)
    first.kill(.supervisor)
    let second = try SessionProcesses(in: scratch, except: [first.supervisor])
    #expect(place(second.supervisor) == "/")
    #expect(try shell.turn("pwd; true &bg").hasPrefix("\(scratch.path)\n[@1] started"))
  }

  private func place(_ processID: Int32) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(processID)/cwd", &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }
}
