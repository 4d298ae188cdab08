/// The number of a task: per user, counted up, never reused.
package struct TaskID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }

  /// How people write it: `@7`.
  package var description: String { "@\(rawValue)" }

  package static func < (left: TaskID, right: TaskID) -> Bool {
    left.rawValue < right.rawValue
  }
}
