import CProtocol
import Connections
import SystemPackage

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
    case shell(number: Int, status: Int32, processID: Int32, task: String)
    case copy(number: Int, processID: Int32)
  }

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
    case .shell(_, _, let process, _), .copy(_, let process): processID = process
    }
    heard(report)
  }

  private static func report(_ frame: Frame) -> Report? {
    let fields = frame.payload.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
    switch RestKind(rawValue: UInt32(frame.kind)) {
    case .shell:
      guard fields.count == 5, let number = Int(fields[0]), let status = Int32(fields[1]),
        let process = Int32(fields[2])
      else { return nil }
      return .shell(number: number, status: status, processID: process, task: fields[3])
    case .copy:
      guard fields.count == 2, let number = Int(fields[0]), let process = Int32(fields[1]) else { return nil }
      return .copy(number: number, processID: process)
    default: return nil
    }
  }

  func send(_ order: Order) {
    let fields = Array("\(order.number)".utf8) + [0] + Array(order.outputPath.utf8) + [0] + order.text + [0]
    connection.send(Frame(kind: UInt16(order.kind.rawValue), version: UInt16(bgsh_calls_version), payload: fields))
  }

  /// Tells it to end.
  func dismiss() {
    connection.send(Frame(kind: UInt16(OrderKind.leave.rawValue), version: UInt16(bgsh_calls_version)))
    connection.closeWhenSent()
  }
}
