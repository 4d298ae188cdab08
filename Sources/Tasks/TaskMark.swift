/// What marks a process as part of a task: two variables in the environment that its program was started with.
package enum TaskMark {
  package static let variables = ["BGSH_TASK_ID", "BGSH_SESSION"]

  /// The values that they have in a task.
  package static func values(_ id: TaskID, _ session: SessionID) -> [String] {
    [String(id.rawValue), session.rawValue]
  }
}
