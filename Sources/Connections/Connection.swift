import ProcessControl
package import SystemPackage

/// A connection to another of bgsh's programs in an event loop: frames come in and go out, and nobody is waited for.
///
/// It owns its socket and its watch. What the other side does not take now waits here; whoever sends looks at
/// ``hasRoom``.
package final class Connection {
  /// How much it keeps, in bytes.
  package struct Bounds: Sendable {
    /// The longest payload that is listened to.
    package let longestPayload: Int
    /// How much may wait for the other side.
    package let mostOutgoing: Int

    package init(longestPayload: Int, mostOutgoing: Int) {
      self.longestPayload = longestPayload
      self.mostOutgoing = mostOutgoing
    }
  }

  /// Why there is nothing more to hear.
  package enum End: Hashable, Sendable {
    /// The other side has closed it, or died.
    case closed
    /// The other side is of another version, with the name that it gives itself. Without one where what it sends are no
    /// frames, or longer ones than anybody sends.
    case otherVersion(name: String?)
  }

  private let loop: EventLoop
  private let bounds: Bounds
  private var socket: FramedSocket
  private var watch: EventLoop.WatchID?
  private var interest: EventLoop.Interest = []
  private var closesWhenSent = false
  private var ignoresInput = false
  /// Whether an other side that has closed is not listened to any more, whatever it has said.
  private let isDeafAtHangUp: Bool
  private var greeting: Greeting?
  private let greetsFirst: Bool
  /// Whether the own greeting is to go with the next frame.
  private var owesGreeting: Bool

  /// Takes each frame, in order.
  package var hears: (Frame) -> Void = { _ in }
  /// Called where the other side brings the end about. Afterwards the connection is closed, unless it was told to
  /// ``closeWhenSent()``, or of another version to ``ignoreRest()``.
  package var hasEnded: (End) -> Void = { _ in }
  /// Called once when it has been closed, by whichever side.
  package var hasClosed: () -> Void = {}
  /// Called where the kernel has no room to hear, say or watch: ``listen()`` is to be called a little later.
  package var isHeldUp: (Errno) -> Void = { _ in }

  /// - Parameters:
  ///   - descriptor: A stream socket that does not block.
  ///   - greeting: What is said before anything else, and expected of the other side; nil where each frame is looked at
  ///     for its version by who takes it.
  ///   - greetsFirst: Whether it is said without waiting for the other side's. It goes with the first frame.
  package init(
    _ descriptor: FileDescriptor, in loop: EventLoop, bounds: Bounds, greeting: Greeting? = nil,
    greetsFirst: Bool = true, isDeafAtHangUp: Bool = false
  ) {
    self.loop = loop
    self.bounds = bounds
    self.greeting = greeting
    self.greetsFirst = greetsFirst
    self.isDeafAtHangUp = isDeafAtHangUp
    socket = FramedSocket(owning: descriptor, longestPayload: bounds.longestPayload)
    owesGreeting = greetsFirst
  }

  deinit {
    // The socket goes with this object.
    pause()
  }

  package var isOpen: Bool { socket.isOpen }
  /// Whether something waits for the other side to take it.
  package var hasOutgoing: Bool { socket.outgoingBytes > 0 }
  /// Whether more may wait.
  package var hasRoom: Bool { socket.outgoingBytes <= bounds.mostOutgoing }
  /// What has come of frames that are not whole.
  package var received: ArraySlice<UInt8> { socket.received }

  /// Hears from here on, and says what waits.
  package func listen() {
    flush()
    if isOpen { watchSocket() }
  }

  /// Hears what has come, without being told of it.
  package func receive() {
    guard isOpen else { return }
    do throws(Errno) {
      guard try socket.receive() else { return end(.closed) }
    } catch .resourceTemporarilyUnavailable {
      return
    } catch .connectionReset {
      // It has ended with something unread.
      return end(.closed)
    } catch {
      // That it cannot be heard now does not mean that it has ended.
      return isHeldUp(error)
    }
    while isOpen, !ignoresInput {
      switch socket.next() {
      case .unfinished: return
      case .whole(let frame): take(frame)
      case .nonsense: return end(.otherVersion(name: nil))
      }
    }
    if isOpen { socket.dropReceived() }
  }

  private func take(_ frame: Frame) {
    guard let reading = greeting?.read(frame) else { return hears(frame) }
    if frame.kind == Greeting.kind, !greetsFirst { owesGreeting = true }
    switch reading {
    case .greeting: break
    case .message: hears(frame)
    case .otherVersion(let name): end(.otherVersion(name: name))
    }
  }

  /// Stops hearing until ``listen()``.
  package func pause() {
    if let watch { loop.forget(watch) }
    watch = nil
    interest = []
  }

  /// Takes in what comes from here on without listening to it: only that the other side has closed is told.
  package func ignoreRest() { ignoresInput = true }

  // MARK: Saying

  /// Says something, now or when the other side takes it.
  package func send(_ frame: Frame) {
    guard isOpen else { return }
    // What waits for room is sent when there is some.
    let isWaiting = interest.hasAny(of: .writable)
    append(frame)
    if !isWaiting { flush() }
  }

  /// Keeps something to be said by ``flush()``.
  package func append(_ frame: Frame) {
    greet()
    append(frame.bytes)
  }

  /// Keeps what is no frame to be said by ``flush()``: for another side that understands none.
  package func append(_ bytes: [UInt8]) {
    if isOpen { socket.append(bytes) }
  }

  private func greet() {
    guard owesGreeting, let greeting else { return }
    owesGreeting = false
    append(greeting.frame.bytes)
  }

  /// Says what the other side takes now, and the rest when it takes more.
  package func flush() {
    guard isOpen else { return }
    do throws(Errno) {
      try socket.send()
    } catch .brokenPipe, .connectionReset {
      // It has ended, which is heard when everything is read that it had to say.
      socket.dropOutgoing()
    } catch {
      return isHeldUp(error)
    }
    if closesWhenSent, !hasOutgoing { return close() }
    if watch != nil || hasOutgoing { watchSocket() }
  }

  /// Closes it when the other side has taken everything.
  package func closeWhenSent() {
    closesWhenSent = true
    greet()
    flush()
  }

  package func close() {
    guard isOpen else { return }
    pause()
    socket.close()
    hasClosed()
  }

  // MARK: The loop

  private func watchSocket() {
    let wanted: EventLoop.Interest = hasOutgoing ? .readableOrWritable : .readable
    do throws(Errno) {
      if let watch {
        guard wanted != interest else { return }
        try loop.change(watch, to: wanted)
      } else {
        watch = try loop.watch(socket.descriptor, for: wanted) { [unowned self] event in handle(event) }
      }
      interest = wanted
    } catch {
      isHeldUp(error)
    }
  }

  private func handle(_ event: EventLoop.Interest) {
    if isDeafAtHangUp, event.hasAny(of: .hungUp) { return end(.closed) }
    if event.hasAny(of: .writable) { flush() }
    if event.hasAny(of: .readableOrOver) { receive() }
  }

  private func end(_ end: End) {
    hasEnded(end)
    if end == .closed {
      close()
    } else if !ignoresInput {
      // It may say of which version it is itself.
      ignoresInput = true
      closeWhenSent()
    }
  }
}
