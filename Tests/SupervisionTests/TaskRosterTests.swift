import Glibc
import ProcessControl
import Tasks
import Testing

@testable import Records
@testable import Supervision

struct TaskRosterTests {
  private let test: TestSession
  private let id: TaskID

  init() throws {
    test = try TestSession()
    id = try test.begin(100, timeoutMilliseconds: 1_000)
  }

  private func hear(_ rawStatus: Int32) { test.roster.leaderHasChanged(id, test.child(100, rawStatus: rawStatus)) }

  private static let stopped = SIGSTOP << 8 | 0x7f
  private static let stoppedByTerminal = SIGTTIN << 8 | 0x7f
  private static let continued: Int32 = 0xffff

  @Test func `what becomes of a leader is what becomes of its task`() throws {
    hear(Self.stopped)
    #expect(test.roster[id]?.state == .paused)
    hear(Self.stoppedByTerminal)
    #expect(test.roster[id]?.state == .waitingForInput)
    hear(Self.continued)
    #expect(test.roster[id]?.state == .running)
    hear(2 << 8)
    #expect(test.roster.isEmpty && test.roster.id(ofLeader: 100) == nil)
    test.ledger.flush()
    #expect(try test.store().task(id)?.state == .exited(code: 2))
  }

  @Test func `time paused does not count`() {
    var overdue = 0
    test.roster.isOverdue = { _ in overdue += 1 }
    test.clock.advance(milliseconds: 900)
    hear(Self.stopped)
    test.clock.advance(milliseconds: 10_000)
    #expect(overdue == 0)
    hear(Self.continued)
    test.clock.advance(milliseconds: 99)
    #expect(overdue == 0)
    test.clock.advance(milliseconds: 1)
    #expect(overdue == 1)
  }

  @Test func `news of an earlier process with the same number is none`() {
    let early = test.child(100, rawStatus: 0)
    test.clock.advance(milliseconds: 1)
    hear(2 << 8)
    test.machine.processes[100] = nil
    #expect(throws: Never.self) { try test.begin(100) }
    let id = test.roster.id(ofLeader: 100)
    if let id { test.roster.leaderHasChanged(id, early) }
    #expect(id != nil && test.roster.all.count == 1)
  }

  @Test func `a leader that nobody has seen end is lost`() throws {
    test.roster.leaderHasGone(id)
    test.ledger.flush()
    #expect(try test.store().task(id)?.state == .lost)
  }

  @Test func `an end that is put off is looked at again`() throws {
    var overdue = 0
    test.roster.isOverdue = { _ in overdue += 1 }
    test.clock.advance(milliseconds: 1_000)
    test.roster.beginEnd(of: id, .init(by: .timeout, graceMilliseconds: 0, at: test.session.now))
    test.roster.postponeEnd(of: id)
    #expect(overdue == 1 && test.roster[id]?.ending == nil)
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(overdue == 2)
  }
}
