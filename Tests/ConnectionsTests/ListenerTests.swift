import Connections
import Glibc
import ProcessControl
import SystemPackage
import Testing

struct ListenerTests {
  private final class Record {
    var welcomed: [FileDescriptor] = []
    var most = Int.max
  }

  private let loop: EventLoop
  private let name = "bgsh-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
  private let record = Record()

  init() throws { loop = try EventLoop() }

  private func listener(for users: [UInt32]) throws -> Listener {
    let listener = Listener(
      try Listener.abstractSocket(named: name), in: loop, users: users,
      hasRoom: { [record] in record.welcomed.count < record.most },
      welcome: { [record] descriptor, peer in
        #expect(peer.userID == geteuid() && peer.processID == getpid())
        record.welcomed.append(descriptor)
      })
    listener.listen()
    return listener
  }

  private func connect() throws -> FileDescriptor {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0[1...].copyBytes(from: Array(name.utf8)) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
    }
    try #require(result == 0)
    return FileDescriptor(rawValue: descriptor)
  }

  private func turn() throws { while try loop.turn(milliseconds: 0) {} }

  @Test func `one that cannot listen says so, and one that can hears at once`() throws {
    let listener = try Listener.abstract(named: name, in: loop) { [record] descriptor in
      record.welcomed.append(descriptor)
    }
    #expect(throws: Errno.addressInUse) { try Listener.abstract(named: name, in: loop) { _ in } }
    let client = try connect()
    try turn()
    #expect(record.welcomed.count == 1)
    for descriptor in record.welcomed + [client] { try descriptor.close() }
    withExtendedLifetime(listener) {}
  }

  @Test func `all who have come are welcome at once`() throws {
    let listener = try listener(for: [geteuid()])
    let clients = try (0..<5).map { _ in try connect() }
    try loop.turn(milliseconds: 1_000)
    #expect(record.welcomed.count == 5)
    for end in clients + record.welcomed { try end.close() }
    withExtendedLifetime(listener) {}
  }

  @Test func `another user is turned away`() throws {
    let listener = try listener(for: [geteuid() &+ 1])
    let client = try connect()
    try loop.turn(milliseconds: 1_000)
    #expect(record.welcomed.isEmpty)
    #expect(try client.readSome().isEmpty)
    try client.close()
    withExtendedLifetime(listener) {}
  }

  @Test func `who has to wait is welcome when there is room, and the loop rests meanwhile`() throws {
    record.most = 1
    let listener = try listener(for: [geteuid()])
    let clients = try (0..<3).map { _ in try connect() }
    try turn()
    #expect(record.welcomed.count == 1)
    #expect(try !loop.turn(milliseconds: 0))
    for count in 2...3 {
      record.most = count
      listener.listen()
      #expect(record.welcomed.count == count)
    }
    for end in clients + record.welcomed { try end.close() }
  }

  @Test func `one that goes gives up its name`() throws {
    _ = try listener(for: [geteuid()])
    let second = try listener(for: [geteuid()])
    let client = try connect()
    try loop.turn(milliseconds: 1_000)
    #expect(record.welcomed.count == 1)
    for end in [client] + record.welcomed { try end.close() }
    withExtendedLifetime(second) {}
  }
}
