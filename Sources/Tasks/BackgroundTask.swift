package import ProcessControl

/// A command list detached into the executor: everything its record says.
package struct BackgroundTask: Hashable, Sendable {
  /// Where the output is and how much there is of it, in both files where standard error has its own.
  package struct Output: Hashable, Sendable {
    package var path: String
    /// How much was written, holes included; of a live task, as last recorded.
    package var bytes: Int64
    /// What of them is gone: given back to the disk in the middle, or overwritten.
    package var droppedBytes: Int64
    /// The file of standard error if it is kept apart.
    package var stderrPath: String?
    /// How much of each file the task has overwritten, as far as that was seen: who opens `/dev/stdout` anew makes the
    /// file empty. It counts among ``bytes`` and ``droppedBytes``.
    package var overwrittenBytes: [OutputFile: Int64]

    package init(
      path: String, bytes: Int64 = 0, droppedBytes: Int64 = 0, stderrPath: String? = nil,
      overwrittenBytes: [OutputFile: Int64] = [:]
    ) {
      self.path = path
      self.bytes = bytes
      self.droppedBytes = droppedBytes
      self.stderrPath = stderrPath
      self.overwrittenBytes = overwrittenBytes.filter { $0.value > 0 }
    }

    /// How much of both files the task has overwritten.
    package var overwrittenInAll: Int64 { overwrittenBytes.values.reduce(0, +) }

    /// What a task has written to, standard error last where it is kept apart.
    package var files: [OutputFile] { stderrPath == nil ? [.output] : [.output, .error] }

    /// Where a file is; nil if the task has none like that.
    package func path(of file: OutputFile) -> String? {
      switch file {
      case .output: path
      case .error: stderrPath
      }
    }
  }

  package let id: TaskID
  package var session: SessionID
  package var name: TaskName?
  package var rawCommand: RawText
  /// One line that says what it is for.
  package var description: String?
  package var rawDirectory: RawText
  package var state: TaskState
  package var endedBy: EndedBy?
  /// The process ID of the task's shell.
  package var processID: Int32?
  package var processStartTicks: UInt64?
  package var bootID: String?
  /// 1 for the first run.
  package var attempt: Int
  package var queuedAt: Timestamp
  package var startedAt: Timestamp?
  /// Of a lost task: when its loss was noticed.
  package var endedAt: Timestamp?
  /// Monotonic: time that the machine slept does not count.
  package var durationMilliseconds: Int64?
  package var timeoutMilliseconds: Int64?
  package var killAfterMilliseconds: Int64
  /// No notification on success.
  package var isQuiet: Bool
  /// How much of the output is kept: beyond it, the middle is given back to the disk.
  package var outputLimitBytes: Int64
  /// Its standard input reads end of file, also where there is a terminal.
  package var hasNoInput: Bool
  /// It is ended when the shell of its session has ended.
  package var endsWithShell: Bool
  /// What a line of its output is to match for its session to be told, and the first line that did.
  package var notifyPattern: String?
  package var matchedLine: String?
  package var output: Output
  package var usage: ResourceUsage?
  /// The statuses of its last pipeline, where a member of that has failed though the task has not.
  package var pipeStatus: [Int32]?
  /// How many of its processes were left when it ended by itself.
  package var leftProcesses: Int

  package init(
    id: TaskID, session: SessionID, name: TaskName? = nil, command: RawText, description: String? = nil,
    workingDirectory: RawText, state: TaskState = .queued, endedBy: EndedBy? = nil, processID: Int32? = nil,
    processStartTicks: UInt64? = nil, bootID: String? = nil, attempt: Int = 1, queuedAt: Timestamp,
    startedAt: Timestamp? = nil, endedAt: Timestamp? = nil, durationMilliseconds: Int64? = nil,
    timeoutMilliseconds: Int64? = nil, killAfterMilliseconds: Int64 = Limits.killAfterMilliseconds,
    isQuiet: Bool = false, outputLimitBytes: Int64 = Limits.outputLimitBytes, hasNoInput: Bool = false,
    endsWithShell: Bool = false, notifyPattern: String? = nil, matchedLine: String? = nil, output: Output,
    usage: ResourceUsage? = nil,
    pipeStatus: [Int32]? = nil, leftProcesses: Int = 0
  ) {
    self.id = id
    self.session = session
    self.name = name
    rawCommand = command
    self.description = description
    rawDirectory = workingDirectory
    self.state = state
    self.endedBy = endedBy
    self.processID = processID
    self.processStartTicks = processStartTicks
    self.bootID = bootID
    self.attempt = attempt
    self.queuedAt = queuedAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.durationMilliseconds = durationMilliseconds
    self.timeoutMilliseconds = timeoutMilliseconds
    self.killAfterMilliseconds = killAfterMilliseconds
    self.isQuiet = isQuiet
    self.outputLimitBytes = outputLimitBytes
    self.hasNoInput = hasNoInput
    self.endsWithShell = endsWithShell
    self.notifyPattern = notifyPattern
    self.matchedLine = matchedLine
    self.output = output
    self.usage = usage
    self.pipeStatus = pipeStatus
    self.leftProcesses = leftProcesses
  }

  /// The command list, to be shown; ``rawCommand`` is what was typed.
  package var command: String { rawCommand.text }
  /// Where it runs, to be shown; ``rawDirectory`` is its name.
  package var workingDirectory: String { rawDirectory.text }

  /// The number that `wait` and `fg` return for the task, nil while it has not ended.
  package var shellStatus: Int32? { state.end?.shellStatus }

  /// Whether it has failed by itself: nobody has asked for its end.
  package var hasFailed: Bool {
    state.isFinal && !state.isSuccess && state != .skipped && endedBy != .kill && endedBy != .session
  }

  /// Whether the process that the record names still runs, where this process sees it.
  package var hasProcess: Bool {
    guard let processID else { return false }
    return Boot.hasProcess(processID, startTicks: processStartTicks, bootID: bootID)
  }
}
