import ProcessControl
import SupervisorProtocol
import SystemPackage

/// The supervisor's end of the socket to bgsh: reports come in, events go out.
///
/// bgsh may be stopped, and must hold up nobody: what its socket has no room for waits here.
final class BgshConnection {
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private var received = ByteLines()
  private var outgoing: [UInt8] = []
  private var hasToldOfNotifications = false

  /// Takes what bgsh reports.
  var hear: (ShellReport) -> Void = { _ in }
  /// Called once bgsh has ended.
  var hasEnded: () -> Void = {}
  /// Called when nothing can be heard or said for now: ``listen()`` is to be called a little later.
  var isHeldUp: (Errno) -> Void = { _ in }
  /// Called with what was left unsaid, as too much waits.
  var isOverfull: (SupervisorEvent) -> Void = { _ in }

  /// How many bytes of messages may wait. What bgsh waits for is said beyond that: it has asked for it.
  private static let mostOutgoing = 1 << 16

  init(loop: EventLoop, descriptor: FileDescriptor) throws(Errno) {
    self.loop = loop
    self.descriptor = descriptor
    try descriptor.stopBlocking()
  }

  /// Hears from here on, and says what waits.
  func listen() {
    do throws(Errno) {
      try send()
      try loop.watch(descriptor, for: outgoing.isEmpty ? .readable : [.readable, .writable]) { [unowned self] event in
        if event.contains(.writable) { listen() }
        if !event.isDisjoint(with: [.readable, .hungUp, .failed]) { receive() }
      }
    } catch {
      isHeldUp(error)
    }
  }

  /// Tells bgsh. That there are notifications is said once.
  func tell(_ event: SupervisorEvent) {
    if event == .notified {
      guard !hasToldOfNotifications else { return }
      hasToldOfNotifications = true
    }
    guard outgoing.count <= Self.mostOutgoing || event.isAwaited else { return isOverfull(event) }
    let isWaiting = !outgoing.isEmpty
    outgoing += event.line.utf8
    guard !isWaiting else { return }
    do throws(Errno) {
      try send()
    } catch {
      return isHeldUp(error)
    }
    // The rest is said when there is room.
    if !outgoing.isEmpty { listen() }
  }

  /// Says what is taken now.
  private func send() throws(Errno) {
    do throws(Errno) {
      while !outgoing.isEmpty { outgoing.removeFirst(try descriptor.writeSome(outgoing[...])) }
    } catch .resourceTemporarilyUnavailable {
    } catch .brokenPipe, .connectionReset {
      // It has ended, which is heard when everything is read that it had to say.
      outgoing = []
    }
  }

  private func receive() {
    do throws(Errno) {
      let bytes = try descriptor.readSome()
      guard !bytes.isEmpty else { return end() }
      received.append(bytes)
    } catch .resourceTemporarilyUnavailable {
      return
    } catch .connectionReset {
      // It has ended with something unread.
      return end()
    } catch {
      // That it cannot be heard now does not mean that it has ended.
      loop.ignore(descriptor)
      return isHeldUp(error)
    }
    while let line = received.next() {
      if let report = ShellReport(line: line[...]) { hear(report) }
    }
  }

  private func end() {
    loop.ignore(descriptor)
    try? descriptor.close()
    hasEnded()
  }
}
