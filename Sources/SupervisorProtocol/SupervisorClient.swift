import CProcess
import Connections
import Glibc
import ProcessControl
package import StateFiles
package import SystemPackage
import Tasks

/// A connection to the supervisor of a session: one request, then replies until it closes.
package struct SupervisorClient: ~Copyable {
  private var socket: FramedSocket
  private var greeting = Greeting(version: SupervisorRequest.version)
  private var isGreeted = false
  private var hasEnded = false

  /// Readable when a reply, or the end, has come.
  package var descriptor: FileDescriptor { socket.descriptor }

  /// Connects to a session's supervisor and asks.
  package init(_ session: SessionDirectory, asking request: SupervisorRequest) throws(SupervisorError) {
    var patience = session.expectsSupervisor ? Self.takeoverPatience : 0
    while true {
      do throws(SupervisorError) {
        socket = try Self.connect(to: session, sending: greeting.frame.bytes + request.frame.bytes)
        return
      } catch  where (error == .gone || error == .timedOut) && patience > 0 {
        // Another one takes its place, or takes its time to begin.
        patience -= Self.takeoverPause
        poll(nil, 0, Self.takeoverPause)
      }
    }
  }

  /// After how long a supervisor that has not answered may be stopped, in milliseconds.
  private static let answerMilliseconds: Int64 = 500

  /// How long a supervisor that is to come is waited for, and between two looks, in milliseconds.
  private static let takeoverPatience: Int32 = 1_000
  private static let takeoverPause: Int32 = 10

  private static func connect(
    to session: SessionDirectory, sending bytes: [UInt8]
  ) throws(SupervisorError) -> FramedSocket {
    let directory: FileDescriptor
    do throws(Errno) {
      directory = FileDescriptor(rawValue: try systemCall { bgsh_open(session.path, O_RDONLY | O_DIRECTORY, 0) })
    } catch {
      throw SupervisorError(error, whenMissing: .noSession)
    }
    defer { try? directory.close() }
    var socket: FramedSocket
    do throws(Errno) {
      socket = FramedSocket(
        owning: FileDescriptor(
          rawValue: try systemCall { bgsh_connect_in(directory.rawValue, SessionDirectory.controlName) }),
        longestPayload: longestReply)
    } catch {
      throw SupervisorError(error, whenMissing: .gone)
    }
    var failure: Errno?
    do throws(Errno) {
      socket.append(bytes)
      try socket.send()
    } catch {
      failure = error
    }
    // It blocks, but not for ever: what is left then was not taken.
    if failure == nil, socket.outgoingBytes > 0 { failure = .resourceTemporarilyUnavailable }
    guard let failure else { return socket }
    throw stoppedPeer(of: socket.descriptor).map { .stopped(processID: $0) }
      ?? SupervisorError(failure, whenMissing: .gone)
  }

  /// The process of a session's supervisor if that is stopped, and can answer nothing.
  package static func stoppedProcess(of session: SessionDirectory) -> Int32? {
    guard let socket = try? connect(to: session, sending: []) else { return nil }
    return stoppedPeer(of: socket.descriptor)
  }

  /// The process at the other end if it is stopped.
  package var stoppedPeer: Int32? { Self.stoppedPeer(of: descriptor) }

  private static func stoppedPeer(of connection: FileDescriptor) -> Int32? {
    guard let processID = resultOrNil({ bgsh_peer_process(connection.rawValue) }),
      ProcessSighting.of(processID).state?.isStopped == true
    else { return nil }
    return processID
  }

  /// Waits for the next reply; nil when the supervisor has said everything.
  ///
  /// - Parameter timeoutMilliseconds: Nil waits for ever.
  /// - Throws: `timedOut` with nothing lost: ask again. `stopped` where the supervisor is, and as far as one waits here.
  package mutating func nextReply(
    timeoutMilliseconds: Int64? = nil
  ) throws(SupervisorError) -> SupervisorReply? {
    let deadline = timeoutMilliseconds.map { MonotonicInstant.now.advanced(milliseconds: $0) }
    while true {
      if let reply = try takeReply() { return reply }
      if hasEnded { return nil }
      guard try waitUntilReadable(deadline) else { throw .timedOut }
      do throws(Errno) {
        hasEnded = try !socket.receive()
      } catch {
        throw SupervisorError(error, whenMissing: .gone)
      }
      if hasEnded, !isGreeted { throw endWithoutGreeting }
    }
  }

  /// The next reply that has come whole.
  private mutating func takeReply() throws(SupervisorError) -> SupervisorReply? {
    while true {
      switch socket.next() {
      case .unfinished: return nil
      case .nonsense: throw .otherVersion(name: nil)
      case .whole(let frame):
        switch greeting.read(frame) {
        case .greeting: isGreeted = true
        case .otherVersion(let name): throw .otherVersion(name: name)
        case .message:
          guard let reply = SupervisorReply(frame) else { throw .notUnderstood(frame.text) }
          return reply
        }
      }
    }
  }

  /// One of before the greetings closes the connection, as it understands nothing. So does one that dies.
  private var endWithoutGreeting: SupervisorError {
    let processID = resultOrNil { bgsh_peer_process(socket.descriptor.rawValue) }
    guard let processID, processID > 0, case .found(let process) = ProcessSighting.of(processID), !process.isZombie
    else { return .gone }
    return .otherVersion(name: nil)
  }

  /// The longest reply, in bytes: a reason in words.
  private static let longestReply = 1 << 20

  private func waitUntilReadable(_ deadline: MonotonicInstant?) throws(SupervisorError) -> Bool {
    while true {
      let left = deadline.map { max(0, MonotonicInstant.now.milliseconds(until: $0)) } ?? .max
      var entry = pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
      let count: Int32
      do throws(Errno) {
        count = try systemCall { poll(&entry, 1, Int32(min(left, Self.answerMilliseconds))) }
      } catch {
        throw SupervisorError(error, whenMissing: .gone)
      }
      if count > 0 { return true }
      if left == 0 { return false }
      if let processID = stoppedPeer { throw .stopped(processID: processID) }
    }
  }
}

/// Why a supervisor did not answer.
package enum SupervisorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The session is over: it has no directory.
  case noSession
  /// The session's directory is there, its supervisor is not.
  case gone
  /// The supervisor may not be asked.
  case refused
  case timedOut
  /// Somebody has stopped it.
  case stopped(processID: Int32)
  /// It is another bgsh's, with the name that it gives itself, if any.
  case otherVersion(name: String?)
  case notUnderstood(String)
  case failed(Errno)

  init(_ error: Errno, whenMissing missing: SupervisorError) {
    switch error {
    case .noSuchFileOrDirectory, .notDirectory: self = missing
    case .connectionRefused, .connectionReset, .brokenPipe: self = .gone
    case .resourceTemporarilyUnavailable: self = .timedOut
    case .permissionDenied, .notPermitted: self = .refused
    default: self = .failed(error)
    }
  }

  /// Whether it is there, and does not answer.
  package var isOfHanging: Bool {
    switch self {
    case .stopped, .timedOut: true
    default: false
    }
  }

  package var isOfOtherVersion: Bool { if case .otherVersion = self { true } else { false } }

  package var description: String {
    switch self {
    case .noSession:
      "the session of this task is over"
    case .gone:
      "the supervisor of this session is gone; running tasks are safe, 'bgsh doctor' says more"
    case .refused:
      "the supervisor of this session belongs to another user"
    case .timedOut:
      "the supervisor of this session does not answer; 'bgsh doctor' says more"
    case .stopped(let processID):
      "the supervisor of this session is stopped; 'kill -CONT \(processID)' lets it go on"
    case .otherVersion(let name):
      "the supervisor of this session is of another version (\(name ?? "an older bgsh"), and this is "
        + "bgsh \(Version.text)); start another session"
    case .notUnderstood(let line):
      "the supervisor of this session said '\(VisibleText.word(line))', which this bgsh does not understand; "
        + "they may be of different versions"
    case .failed(let error):
      "cannot ask the supervisor of this session: \(error)"
    }
  }
}
