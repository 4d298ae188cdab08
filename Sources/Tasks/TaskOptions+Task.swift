package import CProtocol
package import ProcessControl

extension BackgroundTask {
  /// A task that has been launched and has not begun to run.
  package init(
    id: TaskID, session: SessionID, command: RawText, workingDirectory: RawText, options: TaskOptions, output: Output,
    queuedAt: Timestamp
  ) {
    self.init(
      id: id, session: session, name: options.name, command: command, description: options.description,
      workingDirectory: workingDirectory, queuedAt: queuedAt, timeoutMilliseconds: options.timeoutMilliseconds,
      killAfterMilliseconds: options.killAfterMilliseconds, isQuiet: options.isQuiet,
      outputLimitBytes: options.outputLimitBytes ?? Limits.outputLimitBytes, hasNoInput: options.hasNoInput,
      endsWithShell: options.endsWithShell, notifyPattern: options.notifyPattern, output: output)
  }
}

extension TaskOptions {
  /// What a task was launched with.
  package init(of task: BackgroundTask) {
    timeoutMilliseconds = task.timeoutMilliseconds
    killAfterMilliseconds = task.killAfterMilliseconds
    outputLimitBytes = task.outputLimitBytes
    name = task.name
    description = task.description
    isQuiet = task.isQuiet
    isSplit = task.output.stderrPath != nil
    hasNoInput = task.hasNoInput
    endsWithShell = task.endsWithShell
    notifyPattern = task.notifyPattern
  }

  /// The flags that ask for the same, each value a word of its own.
  package var words: [String] {
    flags.flatMap { flag, value in flag.takesValue ? [flag.spelling, value] : [flag.spelling] }
  }

  /// The same as flags and values, which are empty where a flag takes none.
  package var flags: [(flag: TaskFlag, value: String)] {
    TaskFlag.all.compactMap { flag in value(of: flag).map { (flag, $0) } }
  }

  /// What a flag has to say, empty if it takes no value; nil if it need not be given.
  private func value(of flag: TaskFlag) -> String? {
    switch flag {
    case .timeout: timeoutMilliseconds.map { "\($0)ms" }
    case .killAfter: "\(killAfterMilliseconds)ms"
    case .name: name?.text
    case .desc: description
    case .quiet: isQuiet ? "" : nil
    case .limit: outputLimitBytes.map { String($0) }
    case .split: isSplit ? "" : nil
    case .noInput: hasNoInput ? "" : nil
    case .endWithShell: endsWithShell ? "" : nil
    case .notifyOn: notifyPattern
    }
  }
}
