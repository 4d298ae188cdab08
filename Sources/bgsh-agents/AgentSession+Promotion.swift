import Agents
import ProcessControl
import StateFiles
import Tasks

/// How a call that takes long goes on in the background: the shell that runs it is the task from then on, and the copy that
/// was made before the call goes on as the shell.
extension AgentSession {
  /// A call that has become a task.
  struct Promoted {
    /// The shell process that runs it.
    let runner: Int32
    let outputPath: String
  }

  /// Says when a call is ended, and when it goes on in the background.
  func setAlarms(for call: ForegroundCall, arrival: MonotonicInstant) {
    let patience = call.request.patience(afterWaiting: arrival.milliseconds(until: .now))
    if let limit = call.limitMilliseconds {
      call.alarm = clock.after(.milliseconds(limit)) { [unowned self] in
        if current === call { end(call) }
      }
      // What is over before that needs no task.
      guard patience < limit else { return }
    }
    call.promotionAlarm = clock.after(.milliseconds(patience)) { [unowned self] in promote(call) }
  }

  func cancelAlarms(of call: ForegroundCall) {
    for alarm in [call.alarm, call.promotionAlarm, call.outputAlarm] { clock.cancel(alarm) }
  }

  /// The shell has opened the file of a call, or has gone.
  func noteBeginning(of call: ForegroundCall) {
    call.begin()
    if call.isToBecomeTask { promote(call) }
  }

  /// Begins to make a task of the call that runs. Until the supervisor has answered nobody knows whether it is one: what
  /// ends meanwhile waits for that.
  func promote(_ call: ForegroundCall) {
    call.isToBecomeTask = true
    guard call.ordered == nil else { return }
    guard let host, current === call, call.promotion == nil, call.killInstant == nil, call.end == nil,
      let process = ProcessSighting.of(call.runner).state, !process.isZombie
    else { return }
    let promotion = Promotion(
      Promotion.Subject(
        leader: .init(processID: call.runner, startTicks: process.startTicks), startedInstant: call.startedInstant,
        startedAt: call.startedAt, sinceTicks: call.startTicks, command: RawText(call.request.command),
        directory: call.workingDirectory, options: call.request.options, outputPath: call.outputPath),
      loop: loop, clock: clock, state: host.state, session: host.session
    ) { [unowned self, unowned host] outcome in
      guard current === call else { return }
      call.promotion = nil
      switch outcome {
      case .task(let id): goOn(as: id, call, of: host)
      case .refused: goOnAsCall(call)
      }
    }
    call.promotion = promotion
    promotion.goOn()
  }

  /// The call is a task. Its shell ends when it comes to rest; the copy takes its place now.
  private func goOn(as id: TaskID, _ call: ForegroundCall, of host: ShellHost) {
    current = nil
    cancelAlarms(of: call)
    let path = host.state.outputFile(of: id)
    if let returned = call.returned {
      returned.end(call.number, outputPath: path)
    } else {
      promoted[call.number] = Promoted(runner: call.runner, outputPath: path)
    }
    if let copy = call.copy { shell = copy } else { awaitCopy(of: call) }
    let output = call.output(in: path)
    if output.isWhole { readBytes[id] = call.writtenBytes }
    launched(id, call.request)
    call.reply(
      Reply(
        text: CallText.text(
          output: output, goingOnAs: id, outputPath: path, milliseconds: call.milliseconds,
          limitMilliseconds: call.limitMilliseconds),
        launched: id))
    goOn()
  }

  /// The copy has connected before the call began, if there is one.
  private func awaitCopy(of call: ForegroundCall) {
    awaitedCopy = call.number
    clock.after(Self.longestCopy) { [unowned self] in
      guard awaitedCopy == call.number else { return }
      awaitedCopy = nil
      leaveHost(nil)
      goOn()
    }
  }

  /// It has ended, or cannot become a task: it is a call as before.
  private func goOnAsCall(_ call: ForegroundCall) {
    if let returned = call.returned, let rest = call.rest {
      call.returned = nil
      take(returned, back: call)
      finish(call, .exited(rest.status))
    } else if call.end != nil {
      restore(call)
    } else if call.isOverdue {
      end(call)
    }
  }
}

extension ToolRequest.BashCall {
  /// What the task is to have that the call becomes.
  fileprivate var options: TaskOptions {
    var options = TaskOptions()
    options.name = name.flatMap { try? TaskName($0) }
    options.description = description
    options.timeoutMilliseconds = timeoutMilliseconds
    options.notifyPattern = notifyPattern
    return options
  }
}
