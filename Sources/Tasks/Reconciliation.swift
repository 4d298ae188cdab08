import CProcess
import Glibc
import ProcessControl
package import SystemPackage

/// Puts right what sessions that were killed could not: records, launches under way, and files.
package struct Reconciliation {
  private let directory: StateDirectory
  private let store: TaskStore

  package init(_ directory: StateDirectory, _ store: TaskStore) {
    self.directory = directory
    self.store = store
  }

  /// Looks, and puts right.
  package func run() throws(StoreError) {
    try store.reconcile {
      directory.session($0).isAlive
    } expectsSupervisor: {
      directory.session($0).expectsSupervisor
    }
    for session in try store.supervisedSessions() where try isOver(session) { try clearLaunches(of: session) }
    for session in directory.sessions() where try isOver(session.id) { session.removeIfUnlocked() }
  }

  /// Whether neither a supervisor nor a shell is left of a session.
  private func isOver(_ id: SessionID) throws(StoreError) -> Bool {
    guard !directory.session(id).isAlive else { return false }
    if let session = try store.session(id) { return !session.hasShell }
    // It may be about to begin: its name has the number of its shell's process.
    return ProcessState(processID: id.processID) == nil
  }

  /// An id that was taken has a task that is lost, if its launch was confirmed, or else comes back.
  private func clearLaunches(of session: SessionID) throws(StoreError) {
    for id in try store.reservedTaskIDs(of: session).reversed() {
      let files = LaunchFiles(of: id, in: directory)
      if let record = try? LaunchRecord(reading: files.record) {
        try store.insertLost(id, session: session, record: record, output: files.output)
        files.removeHandshake()
      } else {
        files.removeAll()
        try store.returnReservedTaskID(id)
      }
    }
  }
}

extension TaskStore {
  /// Records a task that was confirmed and never started, or of which that cannot be known. It may be the second try.
  package func insertLost(
    _ id: TaskID, session: SessionID, record: LaunchRecord, output: String
  ) throws(StoreError) {
    let row = BackgroundTask(
      id: id, session: session, name: record.name, command: record.command, description: record.description,
      workingDirectory: record.workingDirectory, queuedAt: .now, output: .init(path: output))
    try connection.write { () throws(StoreError) in
      guard try task(id) == nil else { return }
      try insert(row)
      try end(id, as: .lost, durationMilliseconds: nil, notifying: .lost)
    }
  }
}

/// The files of a task that are there before it is on record.
package struct LaunchFiles: Sendable {
  private let directory: String
  /// What it writes goes here.
  package let output: String
  /// What the task writes about itself before it asks to start.
  package let record: String
  /// The FIFO at which the task waits for its answer.
  package let go: String

  package init(of id: TaskID, in state: StateDirectory) {
    directory = state.outputDirectory(of: id)
    output = state.outputFile(of: id)
    record = directory + "/record"
    go = directory + "/go"
  }

  /// Makes the directory with the FIFO and the files, still empty: what a shell makes has the user's mask.
  package func make() throws(Errno) {
    try systemCall { mkdir(directory, 0o700) }
    for file in [output, record] {
      let number = try systemCall { bgsh_open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600) }
      Glibc.close(number)
    }
    try systemCall { mkfifo(go, 0o600) }
  }

  /// Whether the handshake has not been completed, or not been cleared away.
  package var hasHandshake: Bool { access(go, F_OK) == 0 }

  /// Answers a task that waits at its FIFO, which it holds open; says whether there was one.
  @discardableResult
  package func answer(_ text: String) -> Bool {
    guard let fifo = try? FileDescriptor.opening(go, O_WRONLY | O_NONBLOCK) else { return false }
    fifo.show(text + "\n")
    try? fifo.close()
    return true
  }

  /// Whether a task waits at its FIFO.
  package var hasWaitingTask: Bool {
    guard let fifo = try? FileDescriptor.opening(go, O_WRONLY | O_NONBLOCK) else { return false }
    try? fifo.close()
    return true
  }

  /// Removes what a task needs only to start.
  package func removeHandshake() {
    unlink(go)
    unlink(record)
  }

  /// Removes the directory of an id that no task has.
  package func removeAll() {
    removeHandshake()
    unlink(output)
    rmdir(directory)
  }
}
