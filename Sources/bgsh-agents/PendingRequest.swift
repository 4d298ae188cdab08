import Agents
import ProcessControl
import TaskOperations

/// A request that has not been answered.
final class PendingRequest {
  let id: RequestID
  let meta: RequestMeta
  let batch: RequestBatch?
  let arrivedAt = MonotonicInstant.now
  /// Ends the wait for the answer.
  var abandon: () -> Void = {}
  /// What tells how far it has come.
  var progressAlarm: Int?

  init(id: RequestID, meta: RequestMeta, batch: RequestBatch?) {
    self.id = id
    self.meta = meta
    self.batch = batch
  }

  var seconds: Int64 { arrivedAt.milliseconds(until: .now) / 1_000 }

  var isLate: Bool { arrivedAt.milliseconds(until: .now) > Agents.Limits.lateMilliseconds }
}

/// Requests that came as one message: they are answered with one message, too.
final class RequestBatch {
  private var openCount: Int
  private var answers: [JSONValue] = []
  private var told: [() -> Void] = []

  init(count: Int) {
    openCount = count
  }

  /// Takes the answer to one of them, or nil where there is none.
  ///
  /// - Returns: The message, once all are answered; nil as well where none has an answer.
  func close(with answer: JSONValue?, told: @escaping () -> Void) -> (message: JSONValue, told: () -> Void)? {
    openCount -= 1
    if let answer {
      answers.append(answer)
      self.told.append(told)
    }
    guard openCount == 0, !answers.isEmpty else { return nil }
    return (.array(answers), { [all = self.told] in for told in all { told() } })
  }
}
