/// Who ended a task that did not end by itself.
package enum EndedBy: String, CaseIterable, Hashable, Sendable {
  case kill
  case timeout
  case limit
  case disk
  case session
}
