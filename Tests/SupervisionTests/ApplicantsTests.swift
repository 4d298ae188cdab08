import Connections
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks
import Testing

@testable import Records
@testable import Supervision
@testable import SupervisorProtocol

/// Tasks that ask to start, of which none is a process.
struct ApplicantsTests {
  /// The end of a connection on which a task waits.
  final class Caller: LaunchCaller {
    private(set) var answers: [LaunchAnswer] = []
    private(set) var isClosed = false

    func answer(_ answer: LaunchAnswer) { answers.append(answer) }
    func close() { isClosed = true }
  }

  private let test: TestSession
  private let settlement: Settlement
  private let applicants: Applicants
  private let caller = Caller()
  private let id: TaskID

  init() throws {
    test = try TestSession()
    settlement = Settlement(timers: test.clock.timers)
    applicants = Applicants(
      session: test.session, state: test.state, ledger: test.ledger, roster: test.roster, settlement: settlement,
      processes: test.machine)
    let own = test.session.ownProcessID
    applicants.learnsEnd = { $0 == own }
    id = try test.reserveID()
    settlement.begin(id)
    test.machine.processes[80] = .init(parentID: TestSession.bash)
    test.machine.processes[100] = .init(parentID: own, task: id)
  }

  private func record(_ id: TaskID) throws -> LaunchRecord {
    try LaunchRecord(Array("\(id.rawValue)\0make test\0/tmp\0\0\0name\0t\0".utf8))
  }

  private func ask(_ id: TaskID? = nil) throws {
    applicants.hear(try record(id ?? self.id), from: 100, caller)
  }

  private func row() throws -> BackgroundTask? { try test.store().task(id) }

  @Test func `a task is told to go when it is on record`() throws {
    var started: [TaskID] = []
    applicants.hasStarted = { id, record in
      #expect(record.keep == "")
      started.append(id)
    }
    try ask()
    #expect(caller.answers.isEmpty && test.roster.isEmpty && settlement.isUnderWay(id))
    test.ledger.flush()
    #expect(caller.answers == [.go] && started == [id] && settlement.isEmpty)
    let row = try #require(try row())
    #expect(row.state == .running && row.processID == 100 && row.name?.text == "t" && row.bootID == Boot.identifier)
    #expect(test.roster[id]?.leader == .init(100) && test.roster.id(ofLeader: 100) == id)
    #expect(test.told.isEmpty)
  }

  @Test func `one whose parent is still there is held until that has ended`() throws {
    test.machine.processes[100]?.parentID = 80
    try ask()
    test.ledger.flush()
    #expect(caller.answers.isEmpty && settlement.isUnderWay(id))
    test.machine.processes[100]?.parentID = test.session.ownProcessID
    test.machine.end(80)
    test.ledger.flush()
    #expect(caller.answers == [.go])
  }

  @Test func `one that cannot be seen is held, and looked at again`() throws {
    test.machine.failure = .tooManyOpenFiles
    try ask()
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    test.ledger.flush()
    #expect(caller.answers.isEmpty)
    test.machine.failure = nil
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    test.ledger.flush()
    #expect(caller.answers == [.go])
  }

  @Test func `an id that nobody has taken is refused, and nobody else is told`() throws {
    try ask(TaskID(rawValue: id.rawValue + 1))
    #expect(caller.answers == [.refused("its number is not one of this session's")])
    #expect(test.told.isEmpty && settlement.isUnderWay(id))
  }

  @Test func `an id that has a task is refused`() throws {
    try ask()
    test.ledger.flush()
    let other = Caller()
    applicants.hear(try record(id), from: 101, other)
    #expect(other.answers == [.refused("its number is not one of this session's")])
  }

  @Test func `one that asks again is told to go again`() throws {
    try ask()
    test.ledger.flush()
    try ask()
    #expect(caller.answers == [.go, .go] && test.roster.all.count == 1)
  }

  @Test func `one that cannot be recorded is refused, and bgsh is told why`() throws {
    try test.breakDatabase()
    try ask()
    test.ledger.flush()
    guard case .refused(let reason) = try #require(caller.answers.first) else {
      Issue.record("it was not refused")
      return
    }
    #expect(!reason.isEmpty && test.told == [.unstarted(id, reason: reason)])
    #expect(settlement.isEmpty && test.roster.isEmpty && !test.ledger.hasUnwritten)
  }

  @Test func `one whose record is none is refused, and its id is nobody's`() throws {
    applicants.hearNonsense(LaunchFailure(id: id, reason: "its flags are wrong"))
    #expect(test.told == [.unstarted(id, reason: "its flags are wrong")])
    #expect(settlement.isEmpty)
    #expect(try test.store().reservedTaskIDs(of: test.session.id).isEmpty)
    applicants.hearNonsense(LaunchFailure(id: id, reason: "once more"))
    #expect(test.told.count == 1)
  }

  @Test func `one that has gone is lost`() throws {
    test.machine.end(100)
    try ask()
    #expect(caller.isClosed && caller.answers.isEmpty && settlement.isEmpty)
    test.ledger.flush()
    #expect(try row()?.state == .lost && test.told == [.notified])
  }

  @Test func `one that was confirmed and never came is lost, and what was not comes back`() throws {
    let other = try test.reserveID()
    settlement.begin(other)
    try test.state.makeOutput(of: other)
    applicants.abandon(id, confirmed: try record(id))
    applicants.abandon(other)
    test.ledger.flush()
    #expect(try row()?.state == .lost && row()?.command == "make test")
    #expect(try test.store().task(other) == nil)
    #expect(try test.reserveID() == other, "nobody has seen that number")
    #expect(access(test.state.outputFile(of: other), F_OK) != 0)
  }

  @Test func `an end that comes before the start is not lost`() throws {
    try ask()
    applicants.childHasEnded(test.child(100, rawStatus: SIGKILL))
    test.ledger.flush()
    test.ledger.flush()
    #expect(caller.answers == [.go] && test.roster.isEmpty)
    #expect(try row()?.state == .killed(.kill))
  }

  // MARK: Processes that run already

  private func adopt(_ processID: Int32 = 100, startTicks: UInt64? = nil, _ caller: Caller? = nil) throws {
    let frame = Adoption.frame(
      leader: .init(processID: processID, startTicks: startTicks ?? TestMachine.startTicks(processID)),
      startedInstant: test.session.now.advanced(milliseconds: -1_000), startedAt: Timestamp(milliseconds: 5_000),
      sinceTicks: 7,
      record: LaunchRecord.bytes(
        id, command: "make \u{1}test", workingDirectory: "/tmp", options: try TaskOptions(words: ["--timeout", "3s"])))
    applicants.hear(try Adoption(frame.payload), caller ?? self.caller)
  }

  @Test func `a process that runs is a task once it is on record, from when it began`() throws {
    var started: [TaskID] = []
    var adopted: [TaskID] = []
    applicants.hasStarted = { id, _ in started.append(id) }
    applicants.hasAdopted = { id in adopted.append(id) }
    try adopt()
    #expect(caller.answers.isEmpty)
    test.ledger.flush()
    #expect(caller.answers == [.go] && adopted == [id] && started.isEmpty && settlement.isEmpty)
    let row = try #require(try row())
    #expect(row.command == "make \u{1}test" && row.startedAt == Timestamp(milliseconds: 5_000))
    #expect(row.timeoutMilliseconds == 3_000 && row.state == .running && row.processID == 100)
    let task = try #require(test.roster[id])
    #expect(task.sinceTicks == 7 && task.deadline == test.session.now.advanced(milliseconds: 2_000))
    let kept = try #require(try test.store().supervisedTasks(of: test.session.id).first?.supervision)
    #expect(kept.sinceTicks == 7 && kept.startedInstant == task.startedInstant)
  }

  @Test(arguments: [80, 101, 102] as [Int32])
  func `a process that has ended, or of another parent, is none`(processID: Int32) throws {
    test.machine.processes[102] = .init(parentID: 80)
    try adopt(processID, startTicks: processID == 80 ? 5 : nil)
    test.ledger.flush()
    #expect(caller.answers.count == 1)
    #expect(caller.answers.first != .go)
    #expect(try row() == nil && test.roster.isEmpty && settlement.isEmpty && test.told.isEmpty)
  }

  @Test func `one that ends before it is on record has its end all the same`() throws {
    try adopt()
    applicants.childHasEnded(test.child(100, rawStatus: 3 << 8))
    test.ledger.flush()
    test.ledger.flush()
    #expect(caller.answers == [.go])
    #expect(try row()?.state == .exited(code: 3))
  }

  @Test func `whoever asks again is told the same, also when it has ended`() throws {
    try adopt()
    test.ledger.flush()
    try adopt()
    test.roster.leaderHasChanged(id, test.child(100, rawStatus: 0))
    test.machine.end(100)
    try adopt()
    test.ledger.flush()
    try adopt()
    #expect(caller.answers == [.go, .go, .go, .go])
    let other = Caller()
    try adopt(101, other)
    #expect(other.answers == [.refused("its number is not one of this session's")])
  }

  @Test func `bash that becomes a task is not the session's bash any more`() throws {
    try adopt(TestSession.bash)
    test.ledger.flush()
    #expect(caller.answers == [.go] && test.session.bashProcessID == nil)
  }
}
