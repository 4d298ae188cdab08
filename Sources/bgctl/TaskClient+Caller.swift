import TaskOperations
import Tasks

extension TaskClient {
  /// The client of the session, or of the plain terminal or program, that has called this one.
  static func ofCaller() throws(OperationFailure) -> TaskClient {
    try TaskClient(
      session: SessionID.inherited,
      enclosingTask: Environment["BGSH_TASK_ID"].flatMap { Int64($0) }.map { TaskID(rawValue: $0) },
      remark: { Console.complain($0.description) })
  }

  /// Looks up references and complains about each that leads to no task.
  ///
  /// - Returns: As many elements as words, nil for those in vain.
  func namedTasks(_ words: [String]) throws(OperationFailure) -> [BackgroundTask?] {
    try tasks(for: words).map { found in
      switch found {
      case .success(let task): return task
      case .failure(let failure):
        Console.complain(failure.description)
        return nil
      }
    }
  }
}
