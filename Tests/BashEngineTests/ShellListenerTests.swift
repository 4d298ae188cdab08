import BashEngine
import Connections
import Glibc
import ProcessControl
import SystemPackage
import Testing

/// The questions of the library in bash, put by hand.
struct ShellListenerTests {
  /// The other end of a connection.
  private final class Client {
    private let descriptor: Int32
    private var isClosed = false

    init(of listener: ShellListener) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0[1...].copyBytes(from: Array(listener.name.utf8)) }
      let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + listener.name.utf8.count)
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
      }
      try #require(result == 0)
    }

    deinit { close() }

    func close() {
      if !isClosed { Glibc.close(descriptor) }
      isClosed = true
    }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Asks how many tasks run; `length` is what the header says of what follows.
    func ask(_ serial: UInt8, kind: Character = "N", version: UInt8 = 2, length: UInt32 = 0, _ payload: [UInt8] = []) {
      send(
        withUnsafeBytes(of: length) { Array($0) } + [serial, 0, 0, 0, version, 0, kind.asciiValue ?? 0, 0] + payload)
    }

    /// What has come; nil if the connection is closed.
    func receive() -> [UInt8]? {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(descriptor, &buffer, buffer.count)
      return count > 0 ? Array(buffer[..<count]) : count == 0 || errno == ECONNRESET ? nil : []
    }
  }

  private let loop: EventLoop
  private let listener: ShellListener

  init() throws {
    loop = try EventLoop()
    listener = try ShellListener(loop: loop, name: "bgsh-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))")
  }

  /// Turns the loop until nothing happens any more.
  private func turn() throws { while try loop.turn(milliseconds: 20) {} }

  private func answer(_ serial: UInt8, _ text: String) -> [UInt8] {
    [UInt8(text.utf8.count), 0, 0, 0, serial, 0, 0, 0, 2, 0, UInt8(ascii: "D"), 0] + Array(text.utf8)
  }

  @Test func `an answer has the number of its question`() throws {
    listener.answer = { _ in .count(3) }
    let client = try Client(of: listener)
    for serial: UInt8 in [7, 8] {
      client.ask(serial)
      try turn()
      #expect(client.receive() == answer(serial, "3"))
    }
  }

  @Test func `who connects again while a question is answered gets no answer but his own`() throws {
    var asked = 0
    var client = try Client(of: listener)
    listener.answer = { _ in
      asked += 1
      guard asked == 1 else { return .count(asked) }
      // The loop turns while an answer is looked for: the first connection ends, and another one has its number.
      client.close()
      try? turn()
      if let next = try? Client(of: listener) { client = next }
      client.ask(2)
      try? turn()
      return .count(asked)
    }
    client.ask(1)
    try turn()
    #expect(client.receive() == answer(2, "2"))
    client.ask(3)
    try turn()
    #expect(client.receive() == answer(3, "3"))
  }

  @Test func `a question that nobody waits for any more is not answered`() throws {
    var asked: [String] = []
    let clients = [try Client(of: listener), try Client(of: listener)]
    listener.answer = { request in
      asked.append("\(request)")
      clients[1].ask(2)
      clients[1].close()
      try? turn()
      return .done
    }
    clients[0].ask(1)
    try turn()
    #expect(asked.count == 1)
    #expect(clients[0].receive() == answer(1, ""))
  }

  @Test(arguments: ["a length that nobody sends", "a second question at once", "an unknown kind", "a flood"])
  func `who sends what no library sends is not listened to, and nobody else is concerned`(kind: String) throws {
    var asked = 0
    listener.answer = { _ in
      asked += 1
      return .count(asked)
    }
    let (client, other) = (try Client(of: listener), try Client(of: listener))
    switch kind {
    case "a length that nobody sends": client.ask(1, length: .max)
    case "a second question at once": client.send([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0x4E, 0, 0, 0])
    case "an unknown kind": client.ask(1, kind: "?")
    default:
      client.ask(1, length: 10)
      client.send([UInt8](repeating: 0, count: 100_000))
    }
    try turn()
    #expect(client.receive() == nil)
    other.ask(2)
    try turn()
    #expect(other.receive() == answer(2, "1"))
  }

  @Test func `nobody waits for a bash that does not take its answer`() throws {
    let length = 4 << 20
    listener.answer = { request in
      request == .runningTasks
        ? .count(0) : .completion(.candidates([String(repeating: "x", count: length - 1)]))
    }
    let (stopped, other) = (try Client(of: listener), try Client(of: listener))
    let fields = Array("0\0\0\0".utf8)
    stopped.ask(1, kind: "K", length: UInt32(fields.count), fields)
    try loop.turn(milliseconds: 1_000)
    try loop.turn(milliseconds: 1_000)
    other.ask(2)
    while other.receive()?.isEmpty != false { try loop.turn(milliseconds: 1_000) }
    var count = 0
    while let bytes = stopped.receive(), count < length + 12 {
      count += bytes.count
      try loop.turn(milliseconds: bytes.isEmpty ? 1_000 : 0)
    }
    #expect(count == length + 12)
  }

  @Test func `what waits is answered when there is an answer, and holds up nobody`() throws {
    let waiting = [try Client(of: listener), try Client(of: listener)]
    let asking = try Client(of: listener)
    listener.answer = { $0 == .news ? nil : .count(3) }
    for (serial, client) in zip([1, 2] as [UInt8], waiting) { client.ask(serial, kind: "W") }
    try turn()
    asking.ask(7)
    try turn()
    #expect(asking.receive() == answer(7, "3"))
    #expect(waiting.map { $0.receive() } == [[], []])
    waiting[0].close()
    try turn()
    listener.answerWaiting(with: .done)
    try turn()
    #expect(waiting[1].receive() == answer(2, ""))
    listener.answerWaiting(with: .done)
    try turn()
    #expect(waiting[1].receive() == [], "it is answered once")
  }

  @Test func `another version is answered with the own one`() throws {
    let client = try Client(of: listener)
    client.ask(5, version: 9)
    try turn()
    #expect(client.receive() == answer(5, ""))
  }

  @Test func `there are never more connections than are needed`() throws {
    listener.answer = { _ in .count(1) }
    let clients = try (0..<80).map { _ in try Client(of: listener) }
    try turn()
    #expect(clients.count { $0.receive() == nil } == 16)
    clients[79].ask(1)
    try turn()
    #expect(clients[79].receive() == answer(1, "1"))
  }
}
