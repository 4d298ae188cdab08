import Connections
import ProcessControl
import SystemPackage

/// How a supervisor sees single processes.
protocol Processes {
  /// Looks at a process.
  func sighting(of processID: Int32) -> ProcessSighting

  /// Calls `then` once when a process has ended, unless what is returned has gone by then.
  ///
  /// - Throws: `Errno.noSuchProcess` if there is none any more.
  func awaitEnd(of processID: Int32, then: @escaping () -> Void) throws(Errno) -> AnyObject
}

extension Processes {
  /// Looks at one process and no later one with the same ID: a zombie counts as gone.
  func sighting(of member: ProcessTree.Member) -> ProcessSighting {
    let sighting = sighting(of: member.processID)
    guard case .found(let state) = sighting else { return sighting }
    return state.startTicks == member.startTicks && !state.isZombie ? sighting : .gone
  }
}

/// Those of the machine.
struct KernelProcesses: Processes {
  let loop: EventLoop

  func sighting(of processID: Int32) -> ProcessSighting { .of(processID) }

  func awaitEnd(of processID: Int32, then: @escaping () -> Void) throws(Errno) -> AnyObject {
    try ProcessWatch(of: processID, in: loop, then: then)
  }
}
