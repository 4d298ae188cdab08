import StateFiles
package import SupervisorProtocol
package import Tasks

/// What the user should know though an operation goes on.
package enum Remark: Hashable, Sendable, CustomStringConvertible {
  /// The task database was damaged, and is kept under this name.
  case databaseReplaced(keptAs: String)
  /// What is waited for will not come before somebody lets the supervisor go on.
  case supervisorStopped(processID: Int32)
  /// The supervisor has not answered yet, and is waited for.
  case supervisorSilent
  /// Tasks have been sent a signal, or SIGTERM to end them, without their supervisor, and why.
  case signalledDirectly(SupervisorError, isEnd: Bool)
  /// Tasks are waited for without the supervisor, which does not understand this program, nor this program it.
  case supervisorOfOtherVersion(name: String?)
  /// The task is on record as living, and its own supervisor does not know it.
  case unknownToSupervisor(TaskID, TaskState)
  case waitsForInput(TaskID)
  /// It cannot be given the terminal of this session.
  case waitsForInputElsewhere(TaskID)
  /// The foreground goes on without the output, or without a part of it.
  case withoutOutput(OperationFailure)
  /// So many ended tasks were not dropped: nobody has been told.
  case untold(count: Int)

  package var description: String {
    switch self {
    case .databaseReplaced(let path): DamagedDatabase.message(keptAs: path)
    case .supervisorStopped(let processID): SupervisorError.stopped(processID: processID).description
    case .supervisorSilent:
      "the supervisor of this session has not answered yet, it is waited for; 'bgsh doctor' says more"
    case .signalledDirectly(let reason, let isEnd):
      "\(reason); its tasks were signalled without it"
        + (isEnd ? ", and 'kill -s KILL' ends what does not end by SIGTERM" : "")
    case .supervisorOfOtherVersion(let name): SupervisorError.otherVersion(name: name).description
    case .unknownToSupervisor(let id, let state):
      "\(id) is on record as \(state.text), and its supervisor does not know it; it is lost"
    case .waitsForInput(let id): "\(id) waits for input; 'fg \(id)' hands it the terminal"
    case .waitsForInputElsewhere(let id):
      "\(id) waits for input; 'fg \(id)' in its own session hands it the terminal"
    case .withoutOutput(let failure): failure.description
    case .untold(let count):
      "\(count) ended \(count == 1 ? "task stays" : "tasks stay"): nobody has been told; "
        + "'bgsh notifications' tells, 'prune --all' drops all"
    }
  }
}
