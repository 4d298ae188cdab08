import CProcess
import Glibc
import ProcessControl
package import StateFiles
package import SystemPackage
import Tasks

/// A connection to the supervisor of a session: one request, then replies until it closes.
package struct SupervisorClient: ~Copyable {
  /// Readable when a reply, or the end, has come.
  package let descriptor: FileDescriptor
  private var received: [UInt8] = []
  private var hasEnded = false

  /// Connects to a session's supervisor and asks.
  package init(_ session: SessionDirectory, asking request: SupervisorRequest) throws(SupervisorError) {
    var patience = session.expectsSupervisor ? Self.takeoverPatience : 0
    while true {
      do throws(SupervisorError) {
        descriptor = try Self.connect(to: session, sending: request.line)
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
    to session: SessionDirectory, sending line: String
  ) throws(SupervisorError) -> FileDescriptor {
    let directory: FileDescriptor
    do throws(Errno) {
      directory = FileDescriptor(rawValue: try systemCall { bgsh_open(session.path, O_RDONLY | O_DIRECTORY, 0) })
    } catch {
      throw SupervisorError(error, whenMissing: .noSession)
    }
    defer { try? directory.close() }
    let connection: FileDescriptor
    do throws(Errno) {
      connection = FileDescriptor(
        rawValue: try systemCall { bgsh_connect_in(directory.rawValue, SessionDirectory.controlName) })
    } catch {
      throw SupervisorError(error, whenMissing: .gone)
    }
    do throws(Errno) {
      try send(Array(line.utf8), to: connection)
      return connection
    } catch {
      let stopped = stoppedPeer(of: connection)
      try? connection.close()
      throw stopped.map { .stopped(processID: $0) } ?? SupervisorError(error, whenMissing: .gone)
    }
  }

  /// The process of a session's supervisor if that is stopped, and can answer nothing.
  package static func stoppedProcess(of session: SessionDirectory) -> Int32? {
    guard let connection = try? connect(to: session, sending: "") else { return nil }
    defer { try? connection.close() }
    return stoppedPeer(of: connection)
  }

  /// The process at the other end if it is stopped.
  package var stoppedPeer: Int32? { Self.stoppedPeer(of: descriptor) }

  private static func stoppedPeer(of connection: FileDescriptor) -> Int32? {
    guard let processID = resultOrNil({ bgsh_peer_process(connection.rawValue) }),
      ProcessSighting.of(processID).state?.isStopped == true
    else { return nil }
    return processID
  }

  private static func send(_ bytes: [UInt8], to connection: FileDescriptor) throws(Errno) {
    var offset = 0
    while offset < bytes.count {
      // Not write: a supervisor that has just died must not end this process by SIGPIPE.
      offset += try systemCall {
        bytes[offset...].withUnsafeBytes {
          Glibc.send(connection.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
      }
    }
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
      if let line = takeLine() {
        guard let reply = SupervisorReply(line: line) else { throw .notUnderstood(line) }
        return reply
      }
      if hasEnded { return nil }
      guard try waitUntilReadable(deadline) else { throw .timedOut }
      do throws(Errno) {
        let bytes = try descriptor.readSome(upTo: 4096)
        received += bytes
        hasEnded = bytes.isEmpty
      } catch {
        throw SupervisorError(error, whenMissing: .gone)
      }
    }
  }

  private mutating func takeLine() -> String? {
    guard let end = received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = String(decoding: received[..<end], as: UTF8.self)
    received.removeSubrange(...end)
    return line
  }

  private func waitUntilReadable(_ deadline: MonotonicInstant?) throws(SupervisorError) -> Bool {
    while true {
      let left = deadline.map { max(0, MonotonicInstant.now.milliseconds(until: $0)) } ?? .max
      var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
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

  deinit {
    try? descriptor.close()
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
    case .notUnderstood(let line):
      "the supervisor of this session said '\(VisibleText.word(line))', which this bgsh does not understand; "
        + "they may be of different versions"
    case .failed(let error):
      "cannot ask the supervisor of this session: \(error)"
    }
  }
}
