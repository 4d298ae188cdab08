import CProtocol
import Connections
import SystemPackage

/// One connection of the library in bash: it asks a question, waits for the answer, and only then asks the next.
final class ShellConnection {
  private let connection: Connection
  private var question: Frame?
  /// Whether the last question taken has no answer yet.
  private var owesAnswer = false

  /// The version of what kinds and payloads mean.
  static let version = UInt16(bgsh_question_version)
  private static let bounds = Connection.Bounds(longestPayload: Limits.longestQuestionBytes, mostOutgoing: .max)

  /// Called when there is a question to be taken.
  var asks: () -> Void = {}
  /// Called when it has been closed.
  var hasClosed: () -> Void {
    get { connection.hasClosed }
    set { connection.hasClosed = newValue }
  }

  init(_ descriptor: FileDescriptor, in loop: EventLoop) {
    // Who has closed its end has given up what it asked.
    connection = Connection(descriptor, in: loop, bounds: Self.bounds, isDeafAtHangUp: true)
    connection.hears = { [unowned self] frame in hear(frame) }
  }

  var isOpen: Bool { connection.isOpen }
  /// Whether there is a question that nobody has taken.
  var hasQuestion: Bool { question != nil && isOpen }

  func listen() { connection.listen() }

  func close() { connection.close() }

  /// Nobody asks before he has his answer.
  private func hear(_ frame: Frame) {
    guard question == nil, !owesAnswer, !connection.hasOutgoing, connection.received.isEmpty else { return close() }
    question = frame
    asks()
  }

  /// The question that is next to be answered.
  func takeQuestion() -> Frame? {
    defer { question = nil }
    owesAnswer = question != nil
    return question
  }

  /// Answers the question that was taken, if the other end is still there.
  func answer(_ question: Frame, with answer: ShellAnswer) {
    owesAnswer = false
    let (kind, payload) = answer.message
    connection.send(
      Frame(kind: UInt16(kind.rawValue), serial: question.serial, version: Self.version, payload: payload))
  }
}
