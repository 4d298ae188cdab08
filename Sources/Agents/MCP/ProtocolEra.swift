/// A version of the Model Context Protocol: what a request may be, and what its answer looks like.
package enum ProtocolEra: String, CaseIterable, Comparable, Sendable {
  case november2024 = "2024-11-05"
  case march2025 = "2025-03-26"
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"
  /// Without a handshake: each request says for itself what it is.
  case july2026 = "2026-07-28"

  package static func < (left: ProtocolEra, right: ProtocolEra) -> Bool { left.rawValue < right.rawValue }

  /// What a program is answered that asks by `initialize` for a version that nobody knows, or that has no handshake.
  package static let newestWithHandshake = ProtocolEra.november2025

  /// The newest first, as they are offered.
  package static let offered = allCases.sorted(by: >).map(\.rawValue)

  /// Whether it begins with `initialize`.
  package var hasHandshake: Bool { self < .july2026 }
  package var hasBatches: Bool { self == .march2025 }
  package var hasAnnotations: Bool { self >= .march2025 }
  /// Titles, and `_meta` of a tool.
  package var hasTitles: Bool { self >= .june2025 }
  package var hasProgressMessages: Bool { self >= .march2025 }
  /// Whether a result says of what kind it is, and who has made it.
  package var hasResultTypes: Bool { self >= .july2026 }
  /// Whether an error that belongs to no request has no `id`. Before, the schemas had no such error; `null` is what
  /// JSON-RPC says then.
  package var hasErrorsWithoutID: Bool { self >= .november2025 }
}
