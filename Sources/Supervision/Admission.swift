import ProcessControl
import SystemPackage
import Tasks

/// What becomes of a task that asks to start. Until it hears that it may it has not run anything.
enum Admission {
  /// It may, as soon as it is on record.
  case start(ProcessState)
  /// It may not yet: nothing is answered.
  case hold(Reason)
  /// Nothing of it is to run, and why.
  case refuse(String)
  /// It has gone, and nobody waits for an answer.
  case abandon

  /// Why a task is held.
  enum Reason {
    /// The process that forked it has not ended: only then the kernel gives the task to this process.
    case parent(of: ProcessState)
    /// Its process cannot be seen now.
    case unseen(Errno)
  }

  /// Decides about a process that runs already, and is to be a task. Whoever has asked waits for an answer.
  static func decide(
    _ sighting: ProcessSighting, adopting leader: ProcessTree.Member, learnsEnd: (_ parentID: Int32) -> Bool
  ) -> Admission {
    switch sighting {
    case .found(let process) where process.isZombie || process.startTicks != leader.startTicks: .refuse("it has ended")
    case .found(let process) where learnsEnd(process.parentID): .start(process)
    case .found: .refuse("another process is its parent, which alone will learn how it ends")
    case .gone: .refuse("it has ended")
    case .unknown(let error): .hold(.unseen(error))
    }
  }

  /// Decides about a task by its process.
  ///
  /// - Parameter learnsEnd: Whether it becomes known here how a child of a process ends.
  static func decide(_ sighting: ProcessSighting, learnsEnd: (_ parentID: Int32) -> Bool) -> Admission {
    switch sighting {
    case .found(let process) where process.isZombie: .abandon
    case .found(let process): learnsEnd(process.parentID) ? .start(process) : .hold(.parent(of: process))
    case .gone: .abandon
    case .unknown(let error): .hold(.unseen(error))
    }
  }
}
