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

  /// The line that asks, with its line feed.
  package var line: String {
    let fields =
      switch self {
      case .watch(let ids): ["watch"] + Self.fields(ids)
      case .kill(let ids): ["kill"] + Self.fields(ids)
      case .signal(let signal, let ids): ["signal", String(signal.rawValue)] + Self.fields(ids)
      case .foreground(let id): ["foreground"] + Self.fields([id])
      case .resume(let id): ["resume"] + Self.fields([id])
      case .settle: ["settle"]
      }
    return fields.joined(separator: "\t") + "\n"
  }

  /// Reads a line without its line feed; nil if it asks nothing that is known.
  package init?(line: some StringProtocol) {
    var fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    guard !fields.isEmpty else { return nil }
    let verb = fields.removeFirst()
    if verb == "settle", fields.isEmpty {
      self = .settle
      return
    }
    var signal: Signal?
    if verb == "signal" {
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
    switch (verb, signal) {
    case ("watch", nil): self = .watch(ids)
    case ("kill", nil): self = .kill(ids)
    case ("signal", let signal?): self = .signal(signal, ids)
    case ("foreground", nil) where ids.count == 1: self = .foreground(first)
    case ("resume", nil) where ids.count == 1: self = .resume(first)
    default: return nil
    }
  }

  private static func fields(_ ids: [TaskID]) -> [String] { ids.map { String($0.rawValue) } }
}
