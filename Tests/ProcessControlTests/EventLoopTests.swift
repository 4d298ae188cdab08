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
    var successor: FileDescriptor?
    var isToldOfSuccessor = false
    for (pair, other) in [(pairs[0], pairs[1]), (pairs[1], pairs[0])] {
      try loop.watch(pair.near) { _ in
        // Whichever comes first puts a silent descriptor at the other's number.
        guard successor == nil else { return }
        loop.ignore(other.near)
        try? other.near.close()
        guard let silent = try? pair.near.duplicate(as: other.near) else { return }
        successor = silent
        _ = try? pair.near.readSome()
        try? loop.watch(silent) { _ in isToldOfSuccessor = true }
      }
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
    try loop.watch(first.near) { _ in }
    try first.near.close()
    let reopened = try second.near.duplicate(as: first.near)
    var isTold = false
    try loop.watch(reopened) { _ in isTold = true }
    try second.far.writeWhole("x".utf8)
    try loop.turn(milliseconds: 1_000)
    #expect(isTold)
    try reopened.close()
    try first.far.close()
    second.close()
  }

  @Test func `what is ignored in a turn is not told any more`() throws {
    let loop = try EventLoop()
    let pairs = [try Pair(), try Pair()]
    var told = 0
    for (pair, other) in [(pairs[0], pairs[1]), (pairs[1], pairs[0])] {
      try loop.watch(pair.near) { _ in
        told += 1
        loop.ignore(other.near)
      }
    }
    for pair in pairs { try pair.far.writeWhole("x".utf8) }
    try loop.turn(milliseconds: 1_000)
    #expect(told == 1)
    for pair in pairs { pair.close() }
  }
}
