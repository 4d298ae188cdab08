import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Those of the machine. A process belongs to a task as ``ProcessTree`` says; bgsh, the supervisor and bash never do.
struct KernelTaskTrees: TaskTrees {
  let session: SupervisedSession
  let state: StateDirectory?

  func look() throws(Errno) -> any ProcessLook {
    Look(trees: self, table: try ProcessTable(markedBy: TaskMark.variables, since: session.shellStartTicks ?? 0))
  }

  func hunt(_ id: TaskID, sending signal: Signal) throws(Errno) -> [Member] {
    try ProcessHunt(
      markedBy: TaskMark.variables, marks: TaskMark.values(id, session.id), outputs: outputs(of: id),
      strangers: strangers, since: session.shellStartTicks ?? 0
    ).run(sending: signal)
  }

  @discardableResult
  func send(_ signal: Signal, to members: [Member]) -> (reached: [Member], refusals: [ProcessTree.Refusal]) {
    ProcessTree.send(signal, to: members)
  }

  private var strangers: Set<Int32> {
    [session.ownProcessID, session.invocation.shellProcessID, session.bashProcessID ?? 0]
  }

  private func outputs(of id: TaskID) -> [FileIdentity] { state?.output(of: id, isSplit: true).identities ?? [] }

  private struct Look: ProcessLook {
    let trees: KernelTaskTrees
    let table: ProcessTable

    func tree(of task: SupervisedTask) throws(Errno) -> [Member] {
      try ProcessTree(
        leader: task.leader, known: task.ending?.members ?? [], marks: TaskMark.values(task.id, trees.session.id),
        outputs: task.row.output.identities, strangers: trees.strangers, since: task.sinceTicks ?? 0, in: table
      ).members
    }

    func remains(of id: TaskID, known: [Member]) throws(Errno) -> [Member] {
      try ProcessTree(
        known: known, marks: TaskMark.values(id, trees.session.id), outputs: trees.outputs(of: id),
        strangers: trees.strangers, in: table
      ).members
    }

    func others(besides leaders: Set<Int32>) throws(Errno) -> [Member] {
      var visited = leaders
      var next = table.children(of: trees.session.ownProcessID)
      var members: [Member] = []
      while let processID = next.popLast() {
        guard visited.insert(processID).inserted else { continue }
        switch ProcessSighting.of(processID) {
        case .found(let state) where !state.isZombie:
          members.append(.init(processID: processID, startTicks: state.startTicks))
        case .found, .gone: break
        case .unknown(let error): throw error
        }
        next += table.children(of: processID)
      }
      return members
    }
  }
}
