import Connections
import ProcessControl
import SupervisorProtocol
import Tasks

/// A task that asks to start, until it is answered.
struct Applicant {
  let connection: Connection
  let record: LaunchRecord
  let processID: Int32
  /// What became of it before it could be supervised.
  var end: ReapedChild?
  /// Tells of the end of the process that forked it.
  var parentWatch: ProcessWatch?
}
