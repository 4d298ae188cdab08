import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Which processes belong to tasks at this moment.
struct TaskProcesses {
  private let table = ProcessTable(markedBy: TaskMark.variables)
  private let store: TaskStore

  init(in workplace: Workplace) {
    store = workplace.store
  }

  /// The processes that ending the task would end, the leader first: of a task that has ended, what it left behind.
  func members(of task: BackgroundTask) -> [ProcessTree.Member] {
    tree(of: task).members.filter { $0.processID != getpid() }
  }

  func tree(of task: BackgroundTask) -> ProcessTree {
    let shell = (try? store.session(task.session))?.shellProcessID
    let marks = TaskMark.values(task.id, task.session)
    let strangers = Set([shell].compactMap { $0 })
    // The numbers of one that has ended may mean others by now.
    guard !task.state.isFinal, let processID = task.processID, let ticks = task.processStartTicks,
      task.bootID == Boot.identifier
    else { return ProcessTree(known: [], marks: marks, strangers: strangers, in: table) }
    let leader = ProcessTree.Member(processID: processID, startTicks: ticks)
    return ProcessTree(leader: leader, known: [], marks: marks, strangers: strangers, in: table)
  }

  /// The tasks of a session, or of all, that have processes with their mark.
  func markedTasks(of session: SessionID?) -> Set<TaskID> {
    var ids: Set<TaskID> = []
    for values in table.marks {
      guard values.count == 2, let id = Int64(values[0]), session == nil || session?.rawValue == values[1]
      else { continue }
      ids.insert(TaskID(rawValue: id))
    }
    return ids
  }

  /// The command line of a process, safe to show.
  static func command(of member: ProcessTree.Member) -> String {
    for file in ["cmdline", "comm"] {
      guard let file = try? FileDescriptor.opening("/proc/\(member.processID)/\(file)", O_RDONLY) else { continue }
      defer { try? file.close() }
      let bytes = (try? file.readSome(upTo: 4096)) ?? []
      let words = Array(bytes.split { $0 == 0 || $0 == 0x0a }.joined(separator: [0x20]))
      if !words.isEmpty { return VisibleText.line(words, columnLimit: 200) }
    }
    return "?"
  }
}
