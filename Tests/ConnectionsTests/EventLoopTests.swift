import Connections
import Glibc
import ProcessControl
import SystemPackage
import Testing

/// Who is told what by one loop over many descriptors.
struct EventLoopTests {
  /// Two ends that are joined; what is written to one can be read from the other.
  private struct Pair {
    let near: FileDescriptor
    let far: FileDescriptor

    init() throws {
      var ends: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      (near, far) = (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    func close() {
      for end in [near, far] { try? end.close() }
    }
  }

  @Test func `a descriptor that takes the number of another one in the same turn gets none of its events`() throws {
    let loop = try EventLoop()
    let pairs = [try Pair(), try Pair()]
    var ids: [EventLoop.WatchID] = []
    var successor: FileDescriptor?
    var isToldOfSuccessor = false
    for (number, other) in [(0, 1), (1, 0)] {
      let id = try loop.watch(pairs[number].near) { _ in
        // Whichever comes first puts a silent descriptor at the other's number.
        guard successor == nil else { return }
        loop.forget(ids[other])
        try? pairs[other].near.close()
        guard let silent = try? pairs[number].near.duplicate(as: pairs[other].near) else { return }
        successor = silent
        _ = try? pairs[number].near.readSome()
        _ = try? loop.watch(silent) { _ in isToldOfSuccessor = true }
      }
      ids.append(id)
    }
    for pair in pairs { try pair.far.writeWhole("x".utf8) }
    try loop.turn(milliseconds: 1_000)
    #expect(successor != nil)
    #expect(!isToldOfSuccessor)
    for pair in pairs { pair.close() }
  }

  @Test func `a descriptor that was closed while it was watched gives its number to another`() throws {
    let loop = try EventLoop()
    let (first, second) = (try Pair(), try Pair())
    let stale = try loop.watch(first.near) { _ in }
    try first.near.close()
    let reopened = try second.near.duplicate(as: first.near)
    var isTold = false
    let id = try loop.watch(reopened) { _ in isTold = true }
    #expect(id != stale)
    // What is known by the old id is no more, and nothing is done to the new one.
    loop.forget(stale)
    #expect(throws: Errno.noSuchFileOrDirectory) { try loop.change(stale, to: []) }
    try second.far.writeWhole("x".utf8)
    try loop.turn(milliseconds: 1_000)
    #expect(isTold)
    try reopened.close()
    try first.far.close()
    second.close()
  }

  @Test func `a descriptor has one watch at a time`() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let id = try loop.watch(pair.near) { _ in }
    #expect(throws: Errno.fileExists) { try loop.watch(pair.near) { _ in } }
    loop.forget(id)
    try loop.watch(pair.near) { _ in }
    pair.close()
  }

  @Test func `what is forgotten in a turn is not told any more`() throws {
    let loop = try EventLoop()
    let pairs = [try Pair(), try Pair()]
    var ids: [EventLoop.WatchID] = []
    var told = 0
    for (number, other) in [(0, 1), (1, 0)] {
      let id = try loop.watch(pairs[number].near) { _ in
        told += 1
        loop.forget(ids[other])
      }
      ids.append(id)
    }
    for pair in pairs { try pair.far.writeWhole("x".utf8) }
    try loop.turn(milliseconds: 1_000)
    #expect(told == 1)
    for pair in pairs { pair.close() }
  }

  @Test func `what a nested turn has dealt with and forgotten is not told again`() throws {
    let loop = try EventLoop()
    let pairs = [try Pair(), try Pair()]
    var ids: [EventLoop.WatchID] = []
    var told: [Int] = []
    for number in 0...1 {
      let id = try loop.watch(pairs[number].near) { _ in
        told.append(number)
        loop.forget(ids[number])
        // The first one turns the loop, in which the other one is told.
        if told.count == 1 { _ = try? loop.turn(milliseconds: 0) }
      }
      ids.append(id)
    }
    for pair in pairs { try pair.far.writeWhole("x".utf8) }
    try loop.turn(milliseconds: 1_000)
    #expect(told.count == 2 && Set(told) == [0, 1])
    for pair in pairs { pair.close() }
  }

  @Test func `an interest can be changed`() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    var told: [EventLoop.Interest] = []
    let id = try loop.watch(pair.near) { told.append($0) }
    #expect(try !loop.turn(milliseconds: 0))
    try loop.change(id, to: [.readable, .writable])
    #expect(try loop.turn(milliseconds: 1_000))
    #expect(told == [.writable])
    pair.close()
  }
}
