import CProtocol
import Connections
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage

/// Where tasks ask to start: a socket in the session's directory, and a connection for each of them.
final class LaunchDoor {
  private let loop: EventLoop
  private let socket: FileDescriptor
  private lazy var listener = makeListener()
  /// Connections that have not said everything.
  private var incoming: [ObjectIdentifier: Connection] = [:]

  /// Takes what a task says of itself, with its process ID; the connection waits for the answer.
  var hears: (LaunchRecord, Int32, Connection) -> Void = { _, _, _ in }
  /// Takes what is said of a process that is to be a task, in the same way.
  var adopts: (Adoption, Connection) -> Void = { _, _ in }
  /// Takes the statuses that hide a failure of a task, with its process ID, in the same way.
  var hearsFailure: ([Int32], Int32, Connection) -> Void = { _, _, _ in }
  /// Called when a task has asked, before it is said what.
  var isAsked: () -> Void = {}
  /// Called with what was wrong with a record; the task knows it already.
  var hasFailed: (LaunchFailure) -> Void = { _ in }
  /// Called where somebody has to wait: ``listen()`` is to be called a little later.
  var isHeldUp: (Errno) -> Void = { _ in }
  var note: (String) -> Void = { _ in }

  private static let bounds = Connection.Bounds(longestPayload: Int(bgsh_longest_record), mostOutgoing: 1 << 16)
  private static let otherVersion =
    "the session's supervisor and the library in its bash are of different versions; start another session"

  init(_ directory: SessionDirectory, loop: EventLoop) throws(Errno) {
    self.loop = loop
    // A supervisor that was killed has left its socket; the lock says that there is no other.
    unlink(directory.launchesPath)
    socket = try Listener.socket(named: SessionDirectory.launchesName, inDirectory: directory.path)
  }

  private func makeListener() -> Listener {
    let listener = Listener(socket, in: loop, users: [geteuid()]) { [unowned self] descriptor, peer in
      welcome(descriptor, processID: peer.processID)
    }
    listener.isHeldUp = { [unowned self] error in isHeldUp(error) }
    return listener
  }

  /// Hears who comes.
  func listen() { listener.listen() }

  /// Hears who has come.
  func accept() { listener.accept() }

  private func welcome(_ descriptor: FileDescriptor, processID: Int32) {
    let connection = Connection(descriptor, in: loop, bounds: Self.bounds)
    incoming[ObjectIdentifier(connection)] = connection
    connection.hears = { [unowned self, unowned connection] frame in hear(frame, processID, connection) }
    connection.hasEnded = { [unowned self, unowned connection] end in
      // One that has died before it has said everything needs no answer.
      if end != .closed { refuseOtherVersion(connection) }
    }
    connection.isHeldUp = { [unowned self, unowned connection] error in
      note("a task was not heard: \(error)")
      connection.close()
    }
    connection.hasClosed = { [unowned self, unowned connection] in
      incoming[ObjectIdentifier(connection)] = nil
      listen()
    }
    // Most often it has said everything already.
    connection.receive()
    if incoming[ObjectIdentifier(connection)] != nil { connection.listen() }
  }

  /// A library of before the frames sends a record and takes a line.
  private func refuseOtherVersion(_ connection: Connection) {
    note("a task was not started: \(Self.otherVersion)")
    connection.append(Array("no \(Self.otherVersion)\n".utf8))
  }

  /// A task has said everything.
  private func hear(_ frame: Frame, _ processID: Int32, _ connection: Connection) {
    // Its side is closed by now.
    connection.pause()
    incoming[ObjectIdentifier(connection)] = nil
    guard frame.version == LaunchRecord.version else { return connection.answer(.refused(Self.otherVersion)) }
    isAsked()
    do throws(LaunchFailure) {
      switch LaunchFrameKind(rawValue: UInt32(frame.kind)) {
      case .record: hears(try LaunchRecord(frame.payload), processID, connection)
      case .adopt: adopts(try Adoption(frame.payload), connection)
      case .hidden: hearsFailure(frame.text.split(separator: " ").compactMap { Int32($0) }, processID, connection)
      default: connection.answer(.refused(Self.otherVersion))
      }
    } catch {
      // Whoever has said everything waits for an answer.
      connection.answer(.refused(error.reason))
      hasFailed(error)
    }
  }
}
