/// What `doctor` found out about one thing.
package struct Finding {
  package enum Status: String {
    case ok
    /// bgsh works, but not in all it could do.
    case warning
    /// bgsh does not work, or not reliably.
    case broken
  }

  /// The thing that was looked at.
  package let check: String
  package let status: Status
  package let detail: String
  /// What to do about it.
  package let advice: String?

  init(_ check: String, _ status: Status, _ detail: String, advice: String? = nil) {
    self.check = check
    self.status = status
    self.detail = detail
    self.advice = advice
  }

  package var json: JSONValue {
    .object([
      ("check", .string(check)),
      ("status", .string(status.rawValue)),
      ("detail", .string(detail)),
      ("advice", JSONValue(advice)),
    ])
  }
}
