import CProtocol
import Connections
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// How a call that runs becomes a task: it gets an id, its output moves to where those of tasks are, and the supervisor is
/// asked to take the process over.
///
/// Nothing here waits, and a supervisor that dies meanwhile is followed by another one, which is asked again. Whoever asks
/// twice for the same is told the same.
final class Promotion {
  enum Outcome {
    case task(TaskID)
    /// It is a call as before, for this reason.
    case refused(String)
  }

  /// What is to be said of the task.
  struct Subject {
    let leader: ProcessTree.Member
    let startedInstant: MonotonicInstant
    let startedAt: Timestamp
    let sinceTicks: UInt64
    let command: RawText
    let directory: RawText
    let options: TaskOptions
    /// Where its output is now.
    let outputPath: String
  }

  private let loop: EventLoop
  private let clock: Clock
  private let state: StateDirectory
  private let directory: SessionDirectory
  private let subject: Subject
  private let hasEnded: (Outcome) -> Void
  private let deadline = MonotonicInstant.now.advanced(milliseconds: patienceMilliseconds)
  private var id: TaskID?
  private var record: [UInt8] = []
  private var connection: Connection?
  private var isAnswered = false
  private var isOver = false

  /// How long there may be no supervisor, and how often it is looked for one.
  private static let patienceMilliseconds: Int64 = 10_000
  private static let pause = Duration.milliseconds(5)

  init(
    _ subject: Subject, loop: EventLoop, clock: Clock, state: StateDirectory, session: SessionID,
    hasEnded: @escaping (Outcome) -> Void
  ) {
    self.loop = loop
    self.clock = clock
    self.state = state
    self.subject = subject
    self.hasEnded = hasEnded
    directory = state.session(session)
  }

  /// Goes one step further.
  func goOn() {
    guard !isAnswered, !isOver else { return }
    do throws(Errno) {
      if id == nil { id = try takeID() }
      guard let id else { return tryLater("there is no number for a task") }
      try ask(id)
    } catch {
      tryLater("the supervisor cannot be asked: \(error)")
    }
  }

  private func tryLater(_ reason: String) {
    guard !isOver else { return }
    guard MonotonicInstant.now < deadline else { return end(.refused(reason)) }
    clock.after(Self.pause) { [weak self] in self?.goOn() }
  }

  private func end(_ outcome: Outcome) {
    guard !isOver else { return }
    isOver = true
    if case .refused = outcome, let id { rename(state.outputFile(of: id), subject.outputPath) }
    hasEnded(outcome)
  }

  /// Takes an id, as a shell does that launches a task; and with it the place of its output. Nil if there is none now.
  private func takeID() throws(Errno) -> TaskID? {
    let ids = try FileDescriptor.opening(directory.idsPath, O_RDWR | O_NONBLOCK | O_NOFOLLOW)
    defer { try? ids.close() }
    let packet: [UInt8]
    do throws(Errno) {
      packet = try ids.readSome(upTo: Int(bgsh_longest_id))
    } catch .resourceTemporarilyUnavailable {
      return nil
    }
    let text = String(decoding: packet, as: UTF8.self)
    guard let number = Int64(text) else {
      end(.refused(text.dropFirst().withCString { String(cString: bgsh_refusal_text($0)) }))
      throw .canceled
    }
    let taken = TaskID(rawValue: number)
    // Who has the file open goes on writing to it. The empty one that was there goes.
    do throws(Errno) {
      try systemCall { rename(subject.outputPath, state.outputFile(of: taken)) }
    } catch {
      end(.refused("its output cannot be moved to \(state.outputPath): \(error)"))
      throw error
    }
    record = LaunchRecord.bytes(
      taken, command: subject.command, workingDirectory: subject.directory, options: subject.options)
    confirm()
    return taken
  }

  /// Leaves the record where it is found if everybody dies before the task is on record. Where it cannot be left, the task
  /// becomes one all the same.
  private func confirm() {
    guard let list = try? FileDescriptor.opening(directory.launchedPath, O_WRONLY | O_APPEND | O_NOFOLLOW) else {
      return
    }
    defer { try? list.close() }
    try? list.writeWhole(LaunchRecord.separator + record)
  }

  private func ask(_ id: TaskID) throws(Errno) {
    let socket = try Adoption.connect(to: directory)
    let connection = Connection(socket, in: loop, bounds: .init(longestPayload: 1 << 16, mostOutgoing: .max))
    self.connection = connection
    connection.hears = { [unowned self] frame in hear(frame, id) }
    connection.hasClosed = { [weak self] in
      // It may have been closed from within what it hears.
      self?.clock.after(.zero) { [weak self] in self?.goOn() }
    }
    connection.send(
      Adoption.frame(
        leader: subject.leader, startedInstant: subject.startedInstant, startedAt: subject.startedAt,
        sinceTicks: subject.sinceTicks, record: record))
    connection.listen()
  }

  private func hear(_ frame: Frame, _ id: TaskID) {
    let outcome: Outcome =
      switch LaunchAnswer(frame) {
      case .go: .task(id)
      case .refused(let reason): .refused(reason)
      case nil: .refused("the supervisor of this session is of another version")
      }
    isAnswered = true
    // The connection goes with this object, and is not to go while it hears.
    clock.after(.zero) { [weak self] in self?.end(outcome) }
  }
}
