import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// What the supervisor has to do with the other processes of its session.
extension Supervisor {
  /// Begins to answer.
  func open() {
    guard let launches, let state else { return }
    launches.listen()
    hearRequests()
    let retention = Retention(supervisor: self, state: state)
    self.retention = retention
    retention.begin()
  }

  func hearRequests() {
    guard requestServer == nil, let state else { return }
    do throws(Errno) {
      requestServer = try RequestServer(supervisor: self, directory: state.session(invocation.session))
    } catch {
      note("requests are not heard yet: \(error)")
      hearRequestsTimer.set(in: Patience.retryMilliseconds)
    }
  }

  /// Calls `then` when no launch is under way.
  func settle(then: @escaping () -> Void) {
    guard let launches else { return then() }
    launches.settle(then: then)
  }

  // MARK: bgsh

  func hearBgsh() {
    bgsh?.hear = { [unowned self] report in handle(report) }
    bgsh?.hasEnded = { [unowned self] in bgshHasEnded() }
    bgsh?.isHeldUp = { [unowned self] error in
      note("bgsh is heard later: \(error)")
      hearBgshTimer.set(in: Patience.retryMilliseconds)
    }
    bgsh?.isOverfull = { [unowned self] event in note("bgsh does not listen; it was not told: \(event)") }
    bgsh?.note = { [unowned self] text in note(text) }
    bgsh?.listen()
  }

  /// Tells bgsh, if it is still there.
  func tell(_ event: SupervisorEvent) { bgsh?.tell(event) }

  func handle(_ report: ShellReport) {
    guard !takeover.postpones(report) else { return }
    switch report {
    case .settle: settle { [unowned self] in tell(.settled) }
    case .child(let child):
      if let id = taskIDs[child.processID] { taskHasChanged(id, child) }
      ledger?.flush()
      if ledger?.lacksMemory != true { tell(.noted(processID: child.processID)) }
    case .complete: takeover.everythingIsReported()
    }
  }

  private func bgshHasEnded() {
    bgsh = nil
    ledger?.recordShellEnd()
    if invocation.takesOver, !takeover.isUnderWay { takeover.loseBgsh() }
    terminal?.checkLater()
    if let bashProcessID {
      // Somebody has killed bgsh. Bash is to end as with a closed terminal, before it takes the terminal for itself.
      kill(bashProcessID, SIGHUP)
      kill(bashProcessID, SIGCONT)
    }
    // What is being launched is to be known as a task by then.
    settle { [unowned self] in endWithShell() }
  }

  /// The session's shell has ended: everything ends with it, or the tasks that were launched to end with it.
  func endWithShell() {
    if invocation.endsWithShell { return endings.endSession() }
    let ids = tasks.values.filter { $0.row.endsWithShell && $0.ending == nil }.map(\.id)
    if !ids.isEmpty { endings.end(ids, by: .session) }
  }

  // MARK: The terminal

  func watchTerminal() {
    let terminal = SessionTerminal(
      FileDescriptor(rawValue: SupervisorInvocation.Descriptor.terminal), loop: loop, timers: timers)
    self.terminal = terminal
    terminal.note = { [unowned self] text in note(text) }
    terminal.hasGone = { [unowned self] in
      self.terminal = nil
      // Whoever waits for input would wait for ever.
      endings.hangUp(tasks.values.filter { $0.state == .waitingForInput }.map(\.id))
    }
    terminal.watch()
  }

  // MARK: Children

  /// An end is recorded first and reaped then: if this process dies in between, the status goes to bgsh. Without memory to
  /// record it that is likely.
  func reapChildren() {
    // A task that is on record by now is known here.
    ledger?.flush()
    do throws(Errno) {
      while let seen = try ReapedChild.peek() {
        guard seen.status.isFinal else {
          // It may have changed once more.
          if let child = try ReapedChild.reap(seen.processID) { childHasChanged(child) }
          continue
        }
        Failpoint.reach(.ending)
        childHasChanged(seen)
        ledger?.flush()
        if ledger?.lacksMemory == true { return }
        ledger?.willReap()
        try ReapedChild.reap(seen.processID)
      }
    } catch {
      reapLater(because: error)
    }
  }

  private func childHasChanged(_ child: ReapedChild) {
    if child.processID == bashProcessID, !invocation.takesOver {
      bashHasChanged(child.status)
    } else if let id = taskIDs[child.processID] {
      taskHasChanged(id, ShellReport.Child(child))
    } else if child.status.isFinal {
      launches?.childHasEnded(child)
      endings.strangerHasEnded()
      if invocation.feed == .calls { tell(.processEnded(processID: child.processID, child.status)) }
    }
  }

  private func bashHasChanged(_ status: WaitStatus) {
    switch status {
    case .stopped(let signal): tell(.shellStopped(signal))
    case .continued: break
    case .exited, .signaled:
      bashProcessID = nil
      tell(.shellEnded(status))
    }
  }
}
