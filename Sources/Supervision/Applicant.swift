import Connections
import ProcessControl
import SupervisorProtocol
import Tasks

/// A task that asks to start, or that somebody asks for, until it is answered.
struct Applicant {
  let caller: any LaunchCaller
  let record: LaunchRecord
  let processID: Int32
  /// What was said of a process that runs already; nil of a task that waits to start.
  var adoption: Adoption?
  /// What became of it before it could be supervised.
  var end: ShellReport.Child?
  /// Tells of the end of the process that forked it, as long as it is kept.
  var parentWatch: AnyObject?
}

/// The other end of a connection on which a task waits for an answer.
protocol LaunchCaller: AnyObject {
  /// Answers, and closes the connection.
  func answer(_ answer: LaunchAnswer)

  /// Closes the connection without an answer.
  func close()
}

extension Connection: LaunchCaller {
  func answer(_ answer: LaunchAnswer) {
    append(answer.frame)
    closeWhenSent()
  }
}
