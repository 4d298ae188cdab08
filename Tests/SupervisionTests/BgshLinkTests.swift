import Connections
import Glibc
import ProcessControl
import SupervisorProtocol
import SystemPackage
import Tasks
import Testing

@testable import Supervision

/// A supervisor and a bgsh that does not listen, or says something nobody understands.
struct BgshLinkTests {
  private let loop: EventLoop
  private let ours: FileDescriptor
  private let connection: BgshLink

  init() throws {
    // As in a supervisor.
    Signal.pipe.ignore()
    loop = try EventLoop()
    let (ours, theirs) = try FileDescriptor.streamPair()
    self.ours = ours
    try ours.stopBlocking()
    connection = try BgshLink(loop: loop, descriptor: theirs)
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
    var buffer = FrameBuffer(longestPayload: 1 << 20)
    buffer.append(bytes)
    var events: [SupervisorEvent] = []
    while case .whole(let frame) = buffer.next() {
      if frame.kind != Greeting.kind { events.append(try #require(SupervisorEvent(frame))) }
    }
    #expect(buffer.isEmpty, "nothing is cut")
    return events
  }

  private func say(_ frames: Frame...) throws {
    try ours.writeWhole(frames.flatMap(\.bytes))
    while try loop.turn(milliseconds: 0) {}
  }

  private static let greeting = Greeting(version: SupervisorEvent.version).frame

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

  @Test func `reports come whole, and what nobody understands is passed over`() throws {
    var heard: [ShellReport] = []
    connection.hear = { heard.append($0) }
    let strange = Frame(kind: 99, version: SupervisorEvent.version, payload: Array("stra\u{df}e".utf8))
    for frame in [Self.greeting, ShellReport.settle.frame, strange, ShellReport.complete.frame] {
      for byte in frame.bytes {
        try ours.writeWhole([byte])
        try loop.turn(milliseconds: 0)
      }
    }
    #expect(heard == [.settle, .complete])
  }

  /// A bgsh of before the frames says and reads lines.
  @Test func `a bgsh of another version is told so, and only its end is heard`() throws {
    var heard: [ShellReport] = []
    var notes: [String] = []
    var ends = 0
    connection.hear = { heard.append($0) }
    connection.note = { notes.append($0) }
    connection.hasEnded = { ends += 1 }
    try ours.writeWhole(Array("settle\n".utf8))
    try loop.turn(milliseconds: 0)
    let words = String(decoding: try ours.readSome(), as: UTF8.self)
    #expect(
      words == "unrecorded 0 the session's bgsh and its supervisor are of different versions; start another session\n")
    #expect(notes.count == 1 && notes[0].contains("of another version"))
    connection.tell(.settled)
    try say(Self.greeting, ShellReport.settle.frame)
    #expect(heard.isEmpty && ends == 0)
    try ours.close()
    try loop.turn(milliseconds: 0)
    #expect(ends == 1)
  }

  @Test(arguments: [false, true])
  func `the end is heard once, also with something left to say`(isBlocked: Bool) throws {
    var ends = 0
    connection.hasEnded = { ends += 1 }
    if isBlocked { for number in 1...20_000 as ClosedRange<Int32> { connection.tell(.noted(processID: number)) } }
    try ours.writeWhole(Self.greeting.bytes + ShellReport.settle.frame.bytes)
    try ours.close()
    while ends == 0, try loop.turn(milliseconds: 0) {}
    #expect(ends == 1)
    #expect(try !loop.turn(milliseconds: 0))
  }
}
