/// What `doctor` found out about one thing.
struct Finding {
  enum Status: String {
    case ok
    /// bgsh works, but not in all it could do.
    case warning
    /// bgsh does not work, or not reliably.
    case broken
  }

  /// The thing that was looked at.
  let check: String
  let status: Status
  let detail: String
  /// What to do about it.
  let advice: String?

  init(_ check: String, _ status: Status, _ detail: String, advice: String? = nil) {
    self.check = check
    self.status = status
    self.detail = detail
    self.advice = advice
  }

  var json: JSONValue {
    .object([
      ("check", .string(check)),
      ("status", .string(status.rawValue)),
      ("detail", .string(detail)),
      ("advice", JSONValue(advice)),
    ])
  }
}
