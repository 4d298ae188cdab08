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
  }

  /// How many descriptors this process may have.
  package static var mostDescriptors: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  private let epoll: FileDescriptor
  private var handlers: [Int32: (Interest) -> Void] = [:]

  package init() throws(Errno) {
    epoll = FileDescriptor(rawValue: try systemCall { bgsh_epoll_create() })
  }

  /// Calls `handler` whenever the descriptor is as `interest` says, until ``ignore(_:)``.
  package func watch(
    _ descriptor: FileDescriptor, for interest: Interest = .readable, handler: @escaping (Interest) -> Void
  ) throws(Errno) {
    let operation: Int32 = handlers[descriptor.rawValue] == nil ? 1 : 3
    try systemCall { bgsh_epoll_control(epoll.rawValue, operation, descriptor.rawValue, interest.rawValue) }
    handlers[descriptor.rawValue] = handler
  }

  /// Forgets a descriptor. Call it before the descriptor is closed.
  package func ignore(_ descriptor: FileDescriptor) {
    guard handlers.removeValue(forKey: descriptor.rawValue) != nil else { return }
    _ = bgsh_epoll_control(epoll.rawValue, 2, descriptor.rawValue, 0)
  }

  /// Waits until something happens or the time is up, and handles what happened.
  ///
  /// - Parameter milliseconds: nil waits for ever.
  /// - Returns: Whether something happened before the time was up.
  @discardableResult
  package func turn(milliseconds: Int64? = nil) throws(Errno) -> Bool {
    var descriptors = [Int32](repeating: 0, count: 64)
    var events = [UInt32](repeating: 0, count: 64)
    let limit = milliseconds.map { Int32(clamping: max(0, $0)) } ?? -1
    let count = try systemCall { bgsh_epoll_wait(epoll.rawValue, &descriptors, &events, 64, limit) }
    for index in 0..<Int(count) {
      // An earlier handler of this round may have dropped it.
      handlers[descriptors[index]]?(Interest(rawValue: events[index]))
    }
    return count > 0
  }
}
