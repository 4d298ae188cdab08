import CProcess
import Glibc
import ProcessControl
package import SystemPackage

/// Waits for descriptors and calls what was registered for each; one thread, no hidden state.
///
/// It hands out an id for each watch. A descriptor's number says nothing here: it is another descriptor's as soon as it is
/// closed.
package final class EventLoop {
  package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Interest(rawValue: 1)
    package static let writable = Interest(rawValue: 4)
    /// Reported whether asked for or not.
    package static let hungUp = Interest(rawValue: 0x10)
    package static let failed = Interest(rawValue: 0x8)
    /// Report a change once, not a state for as long as it lasts.
    package static let edgeTriggered = Interest(rawValue: 0x8000_0000)

    // These have names of their own, since the standard library makes a set of a literal with what it looks up at run time.
    package static let readableEdges = Interest(rawValue: 0x8000_0001)
    package static let readableOrWritable = Interest(rawValue: 5)
    /// There is something to read, were it the end.
    package static let readableOrOver = Interest(rawValue: 0x19)

    /// Whether one of some conditions holds.
    package func hasAny(of others: Interest) -> Bool { rawValue & others.rawValue != 0 }
  }

  /// Names one watch, and is given out once: what the kernel has reported for it is never taken for news of a later
  /// descriptor with the same number.
  package struct WatchID: Hashable, Sendable {
    /// A count, and the descriptor's number.
    fileprivate let token: UInt64

    fileprivate init(token: UInt64) { self.token = token }

    fileprivate init(count: UInt32, number: Int32) {
      token = UInt64(count) << 32 | UInt64(UInt32(bitPattern: number))
    }

    fileprivate var number: Int32 { Int32(truncatingIfNeeded: token) }
  }

  private struct Watch {
    let id: WatchID
    let handler: (Interest) -> Void
  }

  private let epoll: FileDescriptor
  /// By the number of the descriptor.
  private var watches: [Int32: Watch] = [:]
  private var watchCount: UInt32 = 0

  package init() throws(Errno) {
    epoll = FileDescriptor(rawValue: try systemCall { bgsh_epoll_create() })
  }

  deinit { try? epoll.close() }

  /// Calls `handler` whenever the descriptor is as `interest` says, until the watch is forgotten.
  ///
  /// - Throws: `Errno.fileExists` where it is watched already.
  @discardableResult
  package func watch(
    _ descriptor: FileDescriptor, for interest: Interest = .readable, handler: @escaping (Interest) -> Void
  ) throws(Errno) -> WatchID {
    watchCount &+= 1
    let id = WatchID(count: watchCount, number: descriptor.rawValue)
    // A watch of that number whose descriptor was closed is no more: the kernel has forgotten it.
    try control(.add, id, interest)
    watches[id.number] = Watch(id: id, handler: handler)
    return id
  }

  /// Changes for what a descriptor is watched.
  package func change(_ id: WatchID, to interest: Interest) throws(Errno) {
    guard watches[id.number]?.id == id else { throw .noSuchFileOrDirectory }
    try control(.change, id, interest)
  }

  /// Ends a watch. Call it before the descriptor is closed. One that has ended already is left alone.
  package func forget(_ id: WatchID) {
    guard watches[id.number]?.id == id else { return }
    watches[id.number] = nil
    try? control(.remove, id, [])
  }

  private enum Operation: Int32 {
    case add = 1
    case remove = 2
    case change = 3
  }

  private func control(_ operation: Operation, _ id: WatchID, _ interest: Interest) throws(Errno) {
    try systemCall {
      bgsh_epoll_control(epoll.rawValue, operation.rawValue, id.number, interest.rawValue, id.token)
    }
  }

  /// Waits until something happens or the time is up, and handles what happened.
  ///
  /// A handler may turn the loop itself: what this turn has still to tell may have been dealt with by then.
  ///
  /// - Parameter milliseconds: nil waits for ever.
  /// - Returns: Whether something happened before the time was up.
  @discardableResult
  package func turn(milliseconds: Int64? = nil) throws(Errno) -> Bool {
    var tokens = [UInt64](repeating: 0, count: 64)
    var events = [UInt32](repeating: 0, count: 64)
    let limit = milliseconds.map { Int32(clamping: max(0, $0)) } ?? -1
    let count = try systemCall { bgsh_epoll_wait(epoll.rawValue, &tokens, &events, 64, limit) }
    for index in 0..<Int(count) {
      // An earlier handler of this round may have dropped it, and its number may be another's by now.
      let id = WatchID(token: tokens[index])
      guard let watch = watches[id.number], watch.id == id else { continue }
      watch.handler(Interest(rawValue: events[index]))
    }
    return count > 0
  }
}
