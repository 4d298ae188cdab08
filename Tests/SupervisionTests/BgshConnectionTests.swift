import Glibc
import ProcessControl
import SupervisorProtocol
import SystemPackage
import Tasks
import Testing

@testable import Supervision

/// A supervisor and a bgsh that does not listen, or says something nobody understands.
struct BgshConnectionTests {
  private let loop: EventLoop
  private let ours: FileDescriptor
  private let connection: BgshConnection

  init() throws {
    // As in a supervisor.
    Signal.pipe.ignore()
    loop = try EventLoop()
    let (ours, theirs) = try FileDescriptor.streamPair()
    self.ours = ours
    try ours.stopBlocking()
    connection = try BgshConnection(loop: loop, descriptor: theirs)
    connection.listen()
  }

  /// Reads what has been said, letting the loop turn as long as there is more.
  private func events() throws -> [SupervisorEvent] {
    var bytes: [UInt8] = []
    repeat {
      do throws(Errno) {
        while true { bytes += try ours.readSome() }
      } catch {
        #expect(error == .resourceTemporarilyUnavailable)
      }
    } while try loop.turn(milliseconds: 0)
    #expect(bytes.last == UInt8(ascii: "\n"), "nothing is cut")
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      SupervisorEvent(line: String(decoding: $0, as: UTF8.self)[...])
    }
  }

  @Test func `what a stopped bgsh has asked for is told when it goes on`() throws {
    var untold = 0
    connection.isOverfull = { _ in untold += 1 }
    let reason = String(repeating: "ä", count: 500)
    for number in 1...2_000 as ClosedRange<Int64> {
      connection.tell(.unstarted(TaskID(rawValue: number), reason: reason))
      connection.tell(.noted(processID: Int32(number)))
      connection.tell(.notified)
    }
    connection.tell(.settled)
    connection.tell(.shellEnded(.exited(code: 3)))
    let told = try events()
    #expect(told.suffix(2) == [.settled, .shellEnded(.exited(code: 3))])
    #expect(told.count { $0 == .notified } == 1)
    for number in 1...2_000 as ClosedRange<Int32> { #expect(told.contains(.noted(processID: number))) }
    let failures = told.count { if case .unstarted = $0 { true } else { false } }
    #expect(failures > 0 && untold > 0 && failures + untold == 2_000, "the rest is known to be untold")
    connection.tell(.settled)
    #expect(try events() == [.settled])
  }

  @Test func `reports come whole, however they are cut`() throws {
    var heard: [ShellReport] = []
    connection.hear = { heard.append($0) }
    for byte in Array("settle\nstra\u{df}e\ncomplete\n".utf8) {
      try ours.writeWhole([byte])
      try loop.turn(milliseconds: 0)
    }
    #expect(heard == [.settle, .complete])
    try ours.writeWhole(Array(repeating: UInt8(ascii: "x"), count: 70_000))
    try loop.turn(milliseconds: 0)
    try loop.turn(milliseconds: 0)
    try ours.writeWhole(Array("\nsettle\n".utf8))
    try loop.turn(milliseconds: 0)
    #expect(heard == [.settle, .complete, .settle])
  }

  @Test(arguments: [false, true])
  func `the end is heard once, also with something left to say`(isBlocked: Bool) throws {
    var ends = 0
    connection.hasEnded = { ends += 1 }
    if isBlocked { for number in 1...20_000 as ClosedRange<Int32> { connection.tell(.noted(processID: number)) } }
    try ours.writeWhole(Array("settle\n".utf8))
    try ours.close()
    while ends == 0, try loop.turn(milliseconds: 0) {}
    #expect(ends == 1)
    #expect(try !loop.turn(milliseconds: 0))
  }
}
