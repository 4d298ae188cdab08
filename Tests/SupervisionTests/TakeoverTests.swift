import ProcessControl
import SupervisorProtocol
import SystemPackage
import Tasks
import Testing

@testable import Records
@testable import Supervision

/// A supervisor after another one, whose records are in a real database and whose processes are rows of a table.
struct TakeoverTests {
  private let test: TestSession
  private let takeover: Takeover
  private let log = Log()

  final class Log {
    var reads = 0
    var failure: StoreError?
    var opened = 0
    var heard: [ShellReport] = []
    var resumed: [TaskID: EndedBy] = [:]
  }

  init() throws {
    test = try TestSession(takesOver: true)
    takeover = Takeover(session: test.session, roster: test.roster, ledger: test.ledger, processes: test.machine)
    takeover.reads = { [test, log] () throws(StoreError) in
      log.reads += 1
      if let failure = log.failure { throw failure }
      return try test.ledger.perform { (store) throws(StoreError) in try store.supervisedTasks(of: test.session.id) }
    }
    takeover.hasRead = { [log] in log.opened += 1 }
    takeover.hears = { [log] report in log.heard.append(report) }
    takeover.resumesEnd = { [log] id, by in log.resumed[id] = by }
  }

  /// What the other supervisor has recorded of a task.
  private func leave(
    _ processID: Int32, timeoutMilliseconds: Int64? = nil, _ change: (inout TaskStore.Supervision) -> Void = { _ in }
  ) throws -> TaskID {
    let row = try test.row(leader: processID, timeoutMilliseconds: timeoutMilliseconds)
    // bgsh has adopted it.
    test.machine.processes[processID]?.parentID = TestSession.bgsh
    var supervision = TaskStore.Supervision(startedInstant: test.session.now)
    change(&supervision)
    try test.ledger.perform { (store) throws(StoreError) in
      try store.insert(row, startedInstant: test.session.now)
      try store.keep(supervision, of: row.id)
    }
    return row.id
  }

  private func state(of id: TaskID) throws -> TaskState? {
    test.ledger.flush()
    return try test.store().task(id)?.state
  }

  @Test func `a task that is there goes on`() throws {
    let id = try leave(100)
    takeover.begin()
    #expect(test.told == [.takenOver] && log.opened == 1 && !takeover.isUnderWay)
    #expect(test.roster[id]?.state == .running && test.roster.id(ofLeader: 100) == id)
    takeover.everythingIsReported()
    #expect(try state(of: id) == .running)
  }

  @Test func `one that has stopped meanwhile is paused, and one that has gone on runs`() throws {
    let stopped = try leave(100)
    test.machine.processes[100]?.isStopped = true
    takeover.begin()
    #expect(try state(of: stopped) == .live(.paused))
  }

  @Test func `one that has gone is lost when bgsh has told all it knows, and not before`() throws {
    let (lost, reported) = (try leave(100), try leave(101))
    test.machine.end(100)
    test.machine.end(101)
    takeover.begin()
    #expect(test.told == [.takenOver, .takenOver], "its end may be on the way")
    takeover.everythingIsReported()
    #expect(test.roster.all.count == 2)
    test.roster.leaderHasChanged(reported, test.child(101, rawStatus: 4 << 8))
    takeover.everythingIsReported()
    #expect(try state(of: lost) == .lost && state(of: reported) == .exited(code: 4))
  }

  @Test func `what cannot be read is told of once, and read later; nothing is heard meanwhile`() throws {
    let id = try leave(100)
    log.failure = .cannotOpen(path: "p", reason: "r")
    takeover.begin()
    #expect(takeover.isUnderWay && log.opened == 0)
    #expect(takeover.postpones(.settle))
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(log.reads == 2 && log.heard.isEmpty)
    #expect(test.told.count { if case .unrecorded = $0 { true } else { false } } == 1)
    log.failure = nil
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(log.opened == 1 && log.heard == [.settle] && test.roster[id] != nil)
    #expect(!takeover.postpones(.settle))
  }

  @Test func `tasks of a newer database are left to that one when bgsh has gone`() throws {
    log.failure = .newerVersion(found: 9, known: 1)
    takeover.begin()
    #expect(takeover.isUnderWay)
    test.session.tellBgsh = nil
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(!takeover.isUnderWay && log.opened == 0)
  }

  @Test func `an end that was under way goes on`() throws {
    let id = try leave(100) { $0.endedBy = .timeout }
    takeover.begin()
    #expect(log.resumed == [id: .timeout])
  }

  @Test func `one whose leader had ended and whose end reached nothing has ended`() throws {
    let end = test.child(100, rawStatus: 7 << 8)
    let id = try leave(100) { $0.leaderEnd = end }
    takeover.begin()
    #expect(try state(of: id) == .exited(code: 7))
  }

  @Test func `its time and the time it was paused are known`() throws {
    let id = try leave(100, timeoutMilliseconds: 1_000) { $0.pausedMilliseconds = 500 }
    var overdue: [TaskID] = []
    test.roster.isOverdue = { overdue.append($0) }
    takeover.begin()
    test.clock.advance(milliseconds: 1_499)
    #expect(overdue.isEmpty)
    test.clock.advance(milliseconds: 1)
    #expect(overdue == [id])
  }

  @Test func `without bgsh nobody learns how a task ends, but it is seen to go`() throws {
    let id = try leave(100)
    test.session.tellBgsh = nil
    takeover.begin()
    #expect(test.roster[id] != nil && takeover.learnsEnd(ofChildOf: 12_345))
    test.machine.end(100)
    #expect(try state(of: id) == .lost)
  }

  @Test func `bgsh may go later`() throws {
    let (there, gone) = (try leave(100), try leave(101))
    takeover.begin()
    test.machine.end(101)
    test.session.tellBgsh = nil
    takeover.loseBgsh()
    #expect(try state(of: gone) == .lost && state(of: there) == .running)
  }

  @Test func `who cannot be watched now is watched later`() throws {
    let id = try leave(100)
    test.session.tellBgsh = nil
    test.machine.failure = .tooManyOpenFiles
    takeover.begin()
    test.machine.failure = nil
    test.machine.end(100)
    #expect(try state(of: id) == .running)
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(try state(of: id) == .lost)
  }

  @Test func `bash is no child of it, and is seen to end`() {
    takeover.begin()
    #expect(test.session.bashProcessID == TestSession.bash)
    test.machine.end(TestSession.bash)
    #expect(test.session.bashProcessID == nil)
  }

  @Test func `how children end becomes known of its own, and of bgsh's as long as that lives`() {
    #expect(takeover.learnsEnd(ofChildOf: test.session.ownProcessID))
    #expect(takeover.learnsEnd(ofChildOf: TestSession.bgsh))
    #expect(!takeover.learnsEnd(ofChildOf: TestSession.bash))
  }

  @Test func `what is on record as living and not known is taken up`() throws {
    takeover.begin()
    let (there, gone) = (try leave(100), try leave(101))
    test.machine.end(101)
    takeover.everythingIsReported()
    takeover.correct([there, gone])
    #expect(test.roster[there] != nil)
    #expect(try state(of: gone) == .lost)
  }
}
