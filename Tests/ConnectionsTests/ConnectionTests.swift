import Connections
import Glibc
import ProcessControl
import SystemPackage
import Testing

/// One end in an event loop, and the other one in the test's hands.
struct ConnectionTests {
  private let loop: EventLoop
  private let theirs: FileDescriptor
  private let connection: Connection
  private let record = Record()

  private final class Record {
    var heard: [Frame] = []
    var ends: [Connection.End] = []
    var closings = 0
  }

  init() throws { try self.init(greeting: nil) }

  private init(
    greeting: Greeting?, greetsFirst: Bool = true, mostOutgoing: Int = 1 << 16, isDeafAtHangUp: Bool = false
  ) throws {
    loop = try EventLoop()
    let (ours, theirs) = try FileDescriptor.streamPair()
    self.theirs = theirs
    for end in [ours, theirs] { try end.stopBlocking() }
    connection = Connection(
      ours, in: loop, bounds: .init(longestPayload: 1_000, mostOutgoing: mostOutgoing), greeting: greeting,
      greetsFirst: greetsFirst, isDeafAtHangUp: isDeafAtHangUp)
    connection.hears = { [record] in record.heard.append($0) }
    connection.hasEnded = { [record] in record.ends.append($0) }
    connection.hasClosed = { [record] in record.closings += 1 }
    connection.listen()
  }

  private func turn() throws { while try loop.turn(milliseconds: 0) {} }

  private func say(_ frame: Frame) throws { try theirs.writeWhole(frame.bytes) }

  /// What has come at the other end; nil if that is at its end.
  private func received() throws -> [UInt8]? {
    var bytes: [UInt8] = []
    do throws(Errno) {
      while true {
        let some = try theirs.readSome()
        guard !some.isEmpty else { return bytes.isEmpty ? nil : bytes }
        bytes += some
      }
    } catch {
      try #require(error == .resourceTemporarilyUnavailable)
      return bytes
    }
  }

  private let frame = Frame(kind: 1, serial: 3, version: 2, payload: Array("x y".utf8))

  @Test func `frames are heard in order, however they are cut`() throws {
    let second = Frame(kind: 2, version: 2)
    for byte in frame.bytes + second.bytes {
      try theirs.writeWhole([byte])
      try turn()
    }
    #expect(record.heard == [frame, second])
    #expect(connection.received.isEmpty)
  }

  @Test func `what the other side does not take waits, and comes whole`() throws {
    let long = Frame(kind: 1, version: 2, payload: [UInt8](repeating: 7, count: 100_000))
    for _ in 0..<20 { connection.send(long) }
    #expect(connection.hasOutgoing && !connection.hasRoom)
    var bytes: [UInt8] = []
    while bytes.count < 20 * long.bytes.count {
      bytes += try received() ?? []
      try loop.turn(milliseconds: 0)
    }
    #expect(bytes == (0..<20).flatMap { _ in long.bytes })
    #expect(!connection.hasOutgoing && connection.hasRoom)
    #expect(try !loop.turn(milliseconds: 0), "the loop does not turn for nothing")
  }

  @Test func `it is closed when everything is taken`() throws {
    let long = Frame(kind: 1, version: 2, payload: [UInt8](repeating: 7, count: 1_000_000))
    connection.append(long)
    connection.closeWhenSent()
    #expect(connection.isOpen)
    var count = 0
    while let bytes = try received() {
      count += bytes.count
      try loop.turn(milliseconds: 0)
    }
    #expect(count == long.bytes.count)
    #expect(!connection.isOpen && record.closings == 1 && record.ends.isEmpty)
  }

  @Test func `the end is heard once, after everything that was said`() throws {
    try say(frame)
    try theirs.writeWhole(frame.bytes.prefix(5))
    try theirs.close()
    try turn()
    #expect(record.heard == [frame])
    #expect(record.ends == [.closed] && record.closings == 1)
    #expect(!connection.isOpen)
    connection.send(frame)
    connection.close()
    #expect(record.closings == 1)
  }

  @Test func `the end is heard with something left to say`() throws {
    while !connection.hasOutgoing { connection.send(frame) }
    try theirs.close()
    try turn()
    #expect(record.ends == [.closed] && !connection.isOpen)
  }

  @Test func `who asks and stops listening turns no loop`() throws {
    connection.append(Frame(kind: 1, version: 2, payload: [UInt8](repeating: 7, count: 1_000_000)))
    connection.closeWhenSent()
    #expect(connection.isOpen)
    shutdown(theirs.rawValue, Int32(SHUT_WR))
    try turn()
    #expect(record.ends == [.closed] && !connection.isOpen)
  }

  @Test func `who has closed can be left unheard`() throws {
    let deaf = try ConnectionTests(greeting: nil, isDeafAtHangUp: true)
    try deaf.say(deaf.frame)
    try deaf.theirs.close()
    try deaf.turn()
    #expect(deaf.record.heard.isEmpty && deaf.record.ends == [.closed])
  }

  @Test(arguments: ["watch\t7\n", "a text that is longer than a header", "\u{1}\u{2}\u{3}\u{4}"])
  func `nonsense ends it`(text: String) throws {
    try theirs.writeWhole(text.utf8)
    try turn()
    #expect(record.ends == [.otherVersion(name: nil)] && record.closings == 1)
    #expect(record.heard.isEmpty)
  }

  @Test func `an overlong frame ends it before it has come`() throws {
    try theirs.writeWhole(Frame(kind: 1, version: 2, payload: [UInt8](repeating: 0, count: 1_001)).bytes.prefix(12))
    try turn()
    #expect(record.ends == [.otherVersion(name: nil)])
  }

  @Test func `a last word is sent before it is closed`() throws {
    connection.hasEnded = { [connection] _ in connection.append(Array("of another version\n".utf8)) }
    try theirs.writeWhole("settle\n".utf8)
    try turn()
    #expect(try received() == Array("of another version\n".utf8))
    #expect(try received() == nil)
  }

  @Test func `of one that is ignored only the end is heard`() throws {
    connection.hasEnded = { [connection, record] end in
      record.ends.append(end)
      connection.ignoreRest()
    }
    try theirs.writeWhole("settle\n".utf8)
    try turn()
    try say(frame)
    try turn()
    #expect(connection.isOpen && record.heard.isEmpty)
    try theirs.close()
    try turn()
    #expect(record.ends == [.otherVersion(name: nil), .closed])
    #expect(record.closings == 1)
  }

  @Test func `a handler may close it, and hears nothing more`() throws {
    connection.hears = { [connection, record] frame in
      record.heard.append(frame)
      connection.close()
    }
    try theirs.writeWhole(frame.bytes + frame.bytes)
    try turn()
    #expect(record.heard.count == 1)
  }

  @Test func `a handler may turn the loop, and frames stay in order`() throws {
    let frames = (1...3).map { Frame(kind: $0, version: 2) }
    connection.hears = { [loop, record, theirs] frame in
      record.heard.append(frame)
      if frame.kind == 1 {
        _ = try? theirs.writeWhole(frames[2].bytes)
        _ = try? loop.turn(milliseconds: 0)
      }
    }
    try theirs.writeWhole(frames[0].bytes + frames[1].bytes)
    try turn()
    #expect(Set(record.heard) == Set(frames) && record.heard.count == 3)
    #expect(record.heard == frames)
  }

  // MARK: Greetings

  @Test func `the greeting goes with the first frame`() throws {
    let first = try ConnectionTests(greeting: Greeting(version: 2))
    #expect(try first.received() == [])
    first.connection.send(first.frame)
    first.connection.send(first.frame)
    #expect(try first.received() == Greeting(version: 2).frame.bytes + first.frame.bytes + first.frame.bytes)
  }

  @Test func `who is greeted greets with its answer`() throws {
    let second = try ConnectionTests(greeting: Greeting(version: 2), greetsFirst: false)
    second.connection.hears = { [connection = second.connection] _ in connection.closeWhenSent() }
    try second.say(Greeting(version: 2).frame)
    try second.say(second.frame)
    try second.turn()
    #expect(try second.received() == Greeting(version: 2).frame.bytes)
    #expect(try second.received() == nil)
  }

  @Test func `two versions tell each other what they are`() throws {
    let second = try ConnectionTests(greeting: Greeting(version: 2), greetsFirst: false)
    try second.say(Greeting(version: 3).frame)
    try second.say(second.frame)
    try second.turn()
    #expect(second.record.ends == [.otherVersion(name: "bgsh \(Version.text)")])
    #expect(second.record.heard.isEmpty)
    #expect(try second.received() == Greeting(version: 2).frame.bytes)
    #expect(try second.received() == nil)
  }
}
