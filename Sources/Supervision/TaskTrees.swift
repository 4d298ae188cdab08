import ProcessControl
import SystemPackage
import Tasks

/// How the processes are found and signalled that belong to tasks.
protocol TaskTrees {
  typealias Member = ProcessTree.Member

  /// Looks at all processes at once.
  ///
  /// - Throws: Why it cannot be known now which processes there are.
  func look() throws(Errno) -> any ProcessLook

  /// Finds what a look at all processes misses, because it ends before it has been looked at, and starts the next one.
  ///
  /// - Parameter signal: What is sent to each as soon as it is seen: SIGSTOP or SIGKILL.
  func hunt(_ id: TaskID, sending signal: Signal) throws(Errno) -> [Member]

  /// Sends a signal to some processes: who has received it, and why others could not be sent it.
  @discardableResult
  func send(_ signal: Signal, to members: [Member]) -> (reached: [Member], refusals: [ProcessTree.Refusal])
}

/// The processes at one moment.
protocol ProcessLook {
  /// Everything that belongs to a task.
  func tree(of task: SupervisedTask) throws(Errno) -> [ProcessTree.Member]

  /// What a task that has ended has left behind.
  ///
  /// - Parameter known: What of it was seen before.
  func remains(of id: TaskID, known: [ProcessTree.Member]) throws(Errno) -> [ProcessTree.Member]

  /// What there is below the supervisor besides the leaders of tasks. Nothing can have left: the supervisor adopts whatever
  /// loses its parent.
  func others(besides leaders: Set<Int32>) throws(Errno) -> [ProcessTree.Member]
}
