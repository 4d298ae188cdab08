import ProcessControl
package import Tasks

extension SessionID {
  /// For tests, which know that it is one.
  package static func test(_ text: String) -> SessionID {
    SessionID(rawValue: text) ?? SessionID(epochSeconds: 0, processID: 0)
  }
}

extension BackgroundTask {
  package static func sample(
    _ id: Int64, session: String = "1-1", name: String? = nil, command: String = "npm test",
    state: TaskState = .running, durationMilliseconds: Int64? = nil, timeoutMilliseconds: Int64? = nil,
    endedBy: EndedBy? = nil, endedAt: Int64? = nil
  ) -> BackgroundTask {
    BackgroundTask(
      id: TaskID(rawValue: id), session: .test(session), name: name.flatMap { try? TaskName($0) },
      command: RawText(command),
      workingDirectory: "/home/u/app", state: state, endedBy: endedBy,
      queuedAt: Timestamp(milliseconds: 1_000), startedAt: Timestamp(milliseconds: 1_000),
      endedAt: endedAt.map(Timestamp.init(milliseconds:)) ?? (state.isFinal ? Timestamp(milliseconds: 2_000) : nil),
      durationMilliseconds: durationMilliseconds, timeoutMilliseconds: timeoutMilliseconds,
      output: .init(path: "/tmp/output/\(id)/output"))
  }
}

extension Session {
  /// A session whose shell has long gone.
  package static func past(_ id: String, kind: Kind = .interactive, endedAt: Int64? = nil) -> Session {
    Session(
      id: .test(id), kind: kind, shellProcessID: 1, shellStartTicks: 1, bootID: "another boot",
      startedAt: Timestamp(milliseconds: 1), endedAt: endedAt.map(Timestamp.init(milliseconds:)))
  }
}
