import CProtocol
import Connections
import SystemPackage
import Tasks

/// The connection of a shell process that has nothing to do: it says what it is, and is told what to do.
final class RestingShell {
  private let connection: Connection
  /// The process that is at the other end, once it has said so.
  private(set) var processID: Int32?

  /// Called with what it says.
  var heard: (Report) -> Void = { _ in }
  /// Called when the connection has been closed, by whichever side.
  var hasClosed: () -> Void = {}

  /// What a shell says.
  enum Report {
    case shell(Rest)
    case copy(number: Int, processID: Int32)
    /// It has opened the file of a call.
    case begun(number: Int)
  }

  /// What a shell says when it comes to rest.
  struct Rest {
    /// The call that it has run last; 0 for none.
    let number: Int
    let status: Int32
    let processID: Int32
    let task: String
    let directory: RawText
    /// The statuses of the last pipeline, where they hide a failure.
    let pipeStatus: [Int32]?
  }

  /// Where it is.
  var directory: RawText = ""

  /// An order to a shell.
  struct Order {
    let kind: OrderKind
    let number: Int
    let outputPath: String
    let text: [UInt8]
  }

  /// The longest report; and however long a command is, it is sent.
  private static let bounds = Connection.Bounds(longestPayload: 1 << 20, mostOutgoing: .max)

  init(_ descriptor: FileDescriptor, in loop: EventLoop) {
    connection = Connection(descriptor, in: loop, bounds: Self.bounds)
    connection.hears = { [unowned self] frame in hear(frame) }
    connection.hasClosed = { [unowned self] in hasClosed() }
  }

  func listen() { connection.listen() }

  private func hear(_ frame: Frame) {
    guard frame.version == UInt16(bgsh_calls_version), let report = Self.report(frame) else {
      return connection.close()
    }
    switch report {
    case .shell(let rest): (processID, directory) = (rest.processID, rest.directory)
    case .copy(_, let process): processID = process
    case .begun: break
    }
    heard(report)
  }

  private static func report(_ frame: Frame) -> Report? {
    let parts = frame.payload.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    let fields = parts.map { String(decoding: $0, as: UTF8.self) }
    switch RestKind(rawValue: UInt32(frame.kind)) {
    case .shell:
      guard fields.count == 6, let number = Int(fields[0]), let status = Int32(fields[1]),
        let process = Int32(fields[2])
      else { return nil }
      let statuses = fields[5].split(separator: " ").compactMap { Int32($0) }
      return .shell(
        Rest(
          number: number, status: status, processID: process, task: fields[3], directory: RawText(parts[4]),
          pipeStatus: statuses.isEmpty ? nil : statuses))
    case .copy:
      guard fields.count == 2, let number = Int(fields[0]), let process = Int32(fields[1]) else { return nil }
      return .copy(number: number, processID: process)
    case .begun:
      guard fields.count == 1, let number = Int(fields[0]) else { return nil }
      return .begun(number: number)
    default: return nil
    }
  }

  func send(_ order: Order) {
    let fields = Array("\(order.number)".utf8) + [0] + Array(order.outputPath.utf8) + [0] + order.text + [0]
    connection.send(Frame(kind: UInt16(order.kind.rawValue), version: UInt16(bgsh_calls_version), payload: fields))
  }

  /// Tells it to end with the status of its call, which has become a task.
  func end(_ number: Int, outputPath: String) {
    send(Order(kind: .end, number: number, outputPath: outputPath, text: []))
    connection.closeWhenSent()
  }

  /// Tells it to end.
  func dismiss() {
    connection.send(Frame(kind: UInt16(OrderKind.leave.rawValue), version: UInt16(bgsh_calls_version)))
    connection.closeWhenSent()
  }
}
