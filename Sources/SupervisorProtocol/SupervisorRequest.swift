package import Connections
package import ProcessControl
package import Tasks

/// What a supervisor can be asked on its control socket: one request for each connection.
package enum SupervisorRequest: Hashable, Sendable {
  /// To tell the states of tasks, now and whenever they change, until the last of them has ended.
  case watch([TaskID])
  /// To end whole trees: TERM and CONT, grace, KILL.
  case kill([TaskID])
  /// To send a signal to whole trees, and nothing more.
  case signal(Signal, [TaskID])
  /// To tell which group a terminal is to be given to, and then as ``watch(_:)``.
  case foreground(TaskID)
  /// To let a tree go on.
  case resume(TaskID)
  /// Answered, by closing the connection, when every launch that was under way is recorded or has failed.
  case settle

  /// The version of requests and replies, with their greetings: 1 was lines of text.
  package static let version: UInt16 = 2
  /// The longest request, in bytes: 50,000 ids fit.
  package static let longestPayload = 1 << 20

  /// The kinds of frames; 0 is a greeting's.
  enum Kind: UInt16, CaseIterable {
    case watch = 1
    case kill = 2
    case signal = 3
    case foreground = 4
    case resume = 5
    case settle = 6
  }

  /// The frame that asks: numbers with tabs between them.
  package var frame: Frame {
    switch self {
    case .watch(let ids): Self.frame(.watch, ids)
    case .kill(let ids): Self.frame(.kill, ids)
    case .signal(let signal, let ids): Self.frame(.signal, [String(signal.rawValue)] + Self.fields(ids))
    case .foreground(let id): Self.frame(.foreground, [id])
    case .resume(let id): Self.frame(.resume, [id])
    case .settle: Self.frame(.settle, [String]())
    }
  }

  /// Reads a frame; nil if it asks nothing that is known.
  package init?(_ frame: Frame) {
    guard let kind = Kind(rawValue: frame.kind) else { return nil }
    var fields =
      frame.payload.isEmpty
      ? [] : frame.text.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    if kind == .settle, fields.isEmpty {
      self = .settle
      return
    }
    var signal: Signal?
    if kind == .signal {
      guard let text = fields.first, let number = Int32(text), (0...64).contains(number) else { return nil }
      signal = Signal(rawValue: number)
      fields.removeFirst()
    }
    var ids: [TaskID] = []
    for field in fields {
      guard let number = Int64(field), number > 0 else { return nil }
      ids.append(TaskID(rawValue: number))
    }
    guard let first = ids.first else { return nil }
    switch (kind, signal) {
    case (.watch, nil): self = .watch(ids)
    case (.kill, nil): self = .kill(ids)
    case (.signal, let signal?): self = .signal(signal, ids)
    case (.foreground, nil) where ids.count == 1: self = .foreground(first)
    case (.resume, nil) where ids.count == 1: self = .resume(first)
    default: return nil
    }
  }

  private static func frame(_ kind: Kind, _ ids: [TaskID]) -> Frame { frame(kind, fields(ids)) }

  private static func frame(_ kind: Kind, _ fields: [String]) -> Frame {
    Frame(kind: kind.rawValue, version: version, payload: Array(fields.joined(separator: "\t").utf8))
  }

  private static func fields(_ ids: [TaskID]) -> [String] { ids.map { String($0.rawValue) } }
}
