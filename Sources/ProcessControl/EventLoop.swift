import CProcess
import Glibc
package import SystemPackage

/// Waits for descriptors and calls what was registered for each; one thread, no hidden state.
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

  /// How many descriptors this process may have.
  package static var mostDescriptors: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  /// One descriptor that is watched. Its token is given out once: what the kernel has reported for it is never taken for
  /// news of a later descriptor with the same number.
  private struct Watch {
    let token: UInt64
    let handler: (Interest) -> Void
  }

  private let epoll: FileDescriptor
  private var watches: [Int32: Watch] = [:]
  private var watchCount: UInt32 = 0

  package init() throws(Errno) {
    epoll = FileDescriptor(rawValue: try systemCall { bgsh_epoll_create() })
  }

  /// Calls `handler` whenever the descriptor is as `interest` says, until ``ignore(_:)``.
  ///
  /// A descriptor that is watched already gets another interest and another handler.
  package func watch(
    _ descriptor: FileDescriptor, for interest: Interest = .readable, handler: @escaping (Interest) -> Void
  ) throws(Errno) {
    let number = descriptor.rawValue
    if let watch = watches[number] {
      do throws(Errno) {
        try control(.change, number, interest, watch.token)
        watches[number] = Watch(token: watch.token, handler: handler)
        return
      } catch .noSuchFileOrDirectory {
        // It was closed while it was watched, and this is another one.
      }
    }
    watchCount &+= 1
    let token = UInt64(watchCount) << 32 | UInt64(UInt32(bitPattern: number))
    try control(.add, number, interest, token)
    watches[number] = Watch(token: token, handler: handler)
  }

  /// Forgets a descriptor. Call it before the descriptor is closed.
  package func ignore(_ descriptor: FileDescriptor) {
    guard let watch = watches.removeValue(forKey: descriptor.rawValue) else { return }
    try? control(.remove, descriptor.rawValue, [], watch.token)
  }

  private enum Operation: Int32 {
    case add = 1
    case remove = 2
    case change = 3
  }

  private func control(
    _ operation: Operation, _ descriptor: Int32, _ interest: Interest, _ token: UInt64
  ) throws(Errno) {
    try systemCall { bgsh_epoll_control(epoll.rawValue, operation.rawValue, descriptor, interest.rawValue, token) }
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
      let number = Int32(truncatingIfNeeded: tokens[index])
      guard let watch = watches[number], watch.token == tokens[index] else { continue }
      watch.handler(Interest(rawValue: events[index]))
    }
    return count > 0
  }
}
