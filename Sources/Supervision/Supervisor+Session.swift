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
    guard let launches, let state, let ledger else { return }
    launches.listen()
    hearRequests()
    let retention = Retention(session: session, ledger: ledger, state: state)
    self.retention = retention
    retention.begin()
  }

  func hearRequests() {
    guard requestServer == nil, let state else { return }
    do throws(Errno) {
      let server = try RequestServer(
        session: session, directory: state.session(session.id), roster: roster, ledger: ledger, endings: endings,
        processes: processes, loop: loop)
      requestServer = server
      server.settles = { [unowned self] then in settle(then: then) }
      server.findsUnknown = { [unowned takeover] ids in takeover.correct(ids) }
      server.isHeldUp = { [unowned self] error in listenLater(because: error) }
      server.listen()
    } catch {
      session.note("requests are not heard yet: \(error)")
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
      session.note("bgsh is heard later: \(error)")
      hearBgshTimer.set(in: Patience.retryMilliseconds)
    }
    bgsh?.isOverfull = { [unowned session] event in session.note("bgsh does not listen; it was not told: \(event)") }
    bgsh?.note = { [unowned session] text in session.note(text) }
    bgsh?.listen()
  }

  func handle(_ report: ShellReport) {
    guard !takeover.postpones(report) else { return }
    switch report {
    case .settle: settle { [unowned self] in session.tell(.settled) }
    case .child(let child):
      if let id = roster.id(ofLeader: child.processID) {
        roster.leaderHasChanged(id, child)
      } else if child.status.isFinal {
        launches?.applicants.childHasEnded(child)
      }
      ledger?.flush()
      if ledger?.lacksMemory != true { session.tell(.noted(processID: child.processID)) }
    case .complete: takeover.everythingIsReported()
    case .finish:
      settle { [unowned self] in
        tellWhatIsDue()
        session.tell(.settled)
      }
    case .told(let ids): ledger?.recordTold(ids)
    }
  }

  /// Tells bgsh, which has its own look at the records where that cannot be.
  private func tellWhatIsDue() {
    guard bgsh?.hasToldOfNotifications == true, let ledger else { return }
    guard let notices = ledger.dueNotices else { return session.tell(.due([])) }
    for notice in notices { session.tell(.due(notice)) }
  }

  private func bgshHasEnded() {
    session.tellBgsh = nil
    bgsh = nil
    ledger?.recordShellEnd()
    if session.invocation.takesOver, !takeover.isUnderWay { takeover.loseBgsh() }
    terminal?.checkLater()
    if let bashProcessID = session.bashProcessID {
      // Somebody has killed bgsh. Bash is to end as with a closed terminal, before it takes the terminal for itself.
      kill(bashProcessID, SIGHUP)
      kill(bashProcessID, SIGCONT)
    }
    // What is being launched is to be known as a task by then.
    settle { [unowned self] in endings.endWithShell() }
  }

  // MARK: The terminal

  func watchTerminal() {
    let terminal = SessionTerminal(
      FileDescriptor(rawValue: SupervisorInvocation.Descriptor.terminal), loop: loop, timers: timers)
    self.terminal = terminal
    terminal.note = { [unowned session] text in session.note(text) }
    terminal.hasGone = { [unowned self] in
      self.terminal = nil
      // Whoever waits for input would wait for ever.
      endings.hangUp(roster.all.filter { $0.state == .waitingForInput }.map(\.id))
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
    if child.processID == session.bashProcessID, !session.invocation.takesOver {
      // It may be about to become a task.
      if child.status.isFinal { launches?.applicants.childHasEnded(ShellReport.Child(child)) }
      bashHasChanged(child.status)
    } else if let id = roster.id(ofLeader: child.processID) {
      roster.leaderHasChanged(id, ShellReport.Child(child))
    } else if child.status.isFinal {
      launches?.applicants.childHasEnded(ShellReport.Child(child))
      endings.strangerHasEnded()
      if session.invocation.feed == .calls { session.tell(.processEnded(processID: child.processID, child.status)) }
    }
  }

  private func bashHasChanged(_ status: WaitStatus) {
    switch status {
    case .stopped(let signal): session.tell(.shellStopped(signal))
    case .continued: break
    case .exited, .signaled:
      session.bashProcessID = nil
      session.tell(.shellEnded(status))
    }
  }
}
