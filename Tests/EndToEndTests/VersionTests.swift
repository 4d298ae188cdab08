import Glibc
import TestSupport
import Testing

/// A supervisor, asked in the words of other versions: bytes as programs of those versions send them.
struct VersionTests {
  /// Asks the supervisor of a session at one of its sockets.
  private static func answer(of socket: String, to request: [UInt8]) throws -> [UInt8] {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1234 &bg")
    try scratch.waitForRecord()
    let session = try #require(FileTree.names(in: "\(scratch.stateDirectory)/run").first)
    let path = "\(scratch.stateDirectory)/run/\(session)/\(socket)"
    return try LocalSocket(named: path).answer(to: request, from: geteuid())
  }

  @Test(arguments: ["watch\t1\n", "kill\t1\n", "settle\n"])
  func `a bgctl that asks in lines is answered in a line`(request: String) throws {
    let answer = try Self.answer(of: "control", to: Array(request.utf8))
    #expect(String(decoding: answer, as: UTF8.self) == "this supervisor is of bgsh 0.1.0\n")
  }

  @Test func `a newer bgctl hears of which version the supervisor is`() throws {
    let greeting = Array("bgsh 9.0\n".utf8)
    let answer = try Self.answer(of: "control", to: [9, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0] + greeting)
    #expect(answer.prefix(12) == [11, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0])
    #expect(String(decoding: answer.dropFirst(12), as: UTF8.self) == "bgsh 0.1.0\n")
  }

  /// The record of a task of before the frames.
  @Test(arguments: ["0000000000000001\0true\0/\0\0\0\0\0\0\0\0\0", "1\0true\0/\0\0\0\0\0\0\0\0\0"])
  func `a task that asks in the old form is told why it does not start`(record: String) throws {
    let answer = String(decoding: try Self.answer(of: "launches", to: Array(record.utf8)), as: UTF8.self)
    #expect(answer.hasPrefix("no ") && answer.hasSuffix("of different versions; start another session\n"))
  }

  @Test func `a task of a newer library is answered in the supervisor's own version`() throws {
    let answer = try Self.answer(of: "launches", to: [0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0])
    #expect(answer.dropFirst(4).prefix(8) == [0, 0, 0, 0, 3, 0, 3, 0])
  }
}
