import Notices
import ProcessControl
import SystemPackage
import Tasks
import Testing

@testable import Records
@testable import Supervision

/// Ends of tasks with a clock that stands still and processes that are rows of a table.
struct EndingsTests {
  private let test: TestSession
  private let endings: Endings
  private var machine: TestMachine { test.machine }

  init() throws {
    test = try TestSession()
    endings = Endings(session: test.session, roster: test.roster, ledger: test.ledger, trees: test.machine)
  }

  private func row(_ id: TaskID) throws -> BackgroundTask? { try test.store().task(id) }

  @Test func `a tree is asked to end, and to go on so that it can`() throws {
    let id = try test.begin(100, 101)
    endings.end([id], by: .kill)
    #expect(machine.sent.suffix(2).map(\.signal) == [.terminate, .terminate])
    #expect(machine.sent(.terminate) == [100, 101])
    test.reap()
    #expect(test.roster[id]?.lifecycle == .leaderless, "its end is not known before it is looked at")
    test.advance(milliseconds: Patience.firstCheckMilliseconds)
    #expect(test.roster[id] == nil)
    #expect(try row(id)?.state == .killed(.terminate) && row(id)?.endedBy == .kill)
  }

  @Test func `what ignores that is killed after the grace, and not before`() throws {
    let id = try test.begin(100, 101)
    machine.processes[101]?.ignoresTermination = true
    endings.end([id], by: .kill)
    #expect(machine.sent(.continue) == [101])
    test.advance(milliseconds: Limits.killAfterMilliseconds - 1)
    #expect(machine.sent(.kill).isEmpty && machine.sent(.terminate) == [100, 101], "it is asked once")
    #expect(test.roster[id]?.lifecycle == .leaderless)
    test.advance(milliseconds: 1)
    #expect(machine.sent(.kill) == [101])
    test.advance(milliseconds: Patience.longestCheckMilliseconds)
    #expect(try row(id)?.state == .killed(.terminate), "how the leader ended counts")
  }

  @Test func `what appears meanwhile is asked to end, too`() throws {
    let id = try test.begin(100)
    machine.processes[100]?.ignoresTermination = true
    endings.end([id], by: .kill)
    machine.processes[102] = .init(parentID: 100, task: id)
    test.advance(milliseconds: Patience.firstCheckMilliseconds)
    #expect(machine.sent(.terminate) == [100, 102])
    machine.end(100)
    test.reap()
    machine.fleeing[id] = [103]
    test.advance(milliseconds: Patience.firstCheckMilliseconds)
    #expect(machine.sent(.stop) == [103], "such a tree is hunted where it seems to have gone")
    test.advance(milliseconds: Patience.longestCheckMilliseconds)
    #expect(try row(id)?.state.isFinal == true)
  }

  @Test func `who ends it is on record before the first signal that could do it`() throws {
    let id = try test.begin(100)
    machine.processes[100]?.ignoresTermination = true
    endings.end([id], by: .timeout)
    let kept = try test.store().supervisedTasks(of: test.session.id)
    #expect(kept.map(\.supervision.endedBy) == [.timeout])
  }

  @Test func `what is out of reach is named, and left alone`() throws {
    let id = try test.begin(100)
    machine.processes[100]?.isOutOfReach = true
    let refusals = endings.end([id], by: .kill)
    #expect(refusals[id]?.map(\.member) == [.init(100)])
    #expect(test.roster[id]?.lifecycle == .live(.running) && machine.sent.isEmpty)
  }

  @Test func `a limit that reaches nothing is told of once, and tried again now and then`() throws {
    let id = try test.begin(100)
    machine.processes[100]?.isOutOfReach = true
    endings.end([id], by: .timeout)
    test.advance(milliseconds: Patience.stuckMilliseconds)
    #expect(try test.store().notifications(of: id).map(\.event) == [.timedOut])
    let looks = machine.looks
    machine.processes[100]?.isOutOfReach = false
    test.advance(milliseconds: Patience.stuckMilliseconds + Patience.longestCheckMilliseconds)
    #expect(machine.looks > looks)
    #expect(try row(id)?.state == .timedOut(.killed(.terminate)))
    #expect(try test.store().notifications(of: id).map(\.event) == [.timedOut, .timedOut])
  }

  @Test func `tasks whose time is up are ended with one look`() throws {
    let ids = try [100, 101].map { try test.begin($0, timeoutMilliseconds: 1_000) }
    test.clock.advance(milliseconds: 999)
    endings.endOverdue()
    #expect(machine.sent.isEmpty)
    test.clock.advance(milliseconds: 1)
    endings.endOverdue()
    #expect(machine.looks == 1 && machine.sent(.terminate) == [100, 101])
    test.advance(milliseconds: Patience.longestCheckMilliseconds)
    for id in ids { #expect(try row(id)?.state == .timedOut(.killed(.terminate)) && row(id)?.endedBy == .timeout) }
  }

  @Test func `what cannot be seen is ended as soon as it can`() throws {
    let id = try test.begin(100)
    machine.failure = .tooManyOpenFiles
    endings.end([id], by: .kill)
    test.clock.advance(milliseconds: Patience.lookAgainMilliseconds)
    #expect(machine.sent.isEmpty && test.roster[id] != nil)
    machine.failure = nil
    test.clock.advance(milliseconds: Patience.lookAgainMilliseconds)
    #expect(machine.sent(.terminate) == [100])
  }

  @Test func `what cannot be seen has not gone`() throws {
    let id = try test.begin(100)
    endings.end([id], by: .kill)
    machine.failure = .tooManyOpenFiles
    test.advance(milliseconds: Patience.longestCheckMilliseconds)
    #expect(test.roster[id] != nil)
    machine.failure = nil
    test.advance(milliseconds: Patience.longestCheckMilliseconds * 2)
    #expect(test.roster[id] == nil)
  }

  @Test func `an end that another supervisor has begun counts as having reached the task`() throws {
    let id = try test.begin(100)
    machine.processes[100]?.isOutOfReach = true
    endings.end([id], by: .kill, isUnderWay: true)
    #expect(test.roster[id]?.endedBy == .kill)
  }

  @Test func `what an ended task has left behind is asked to end, and killed after the grace`() throws {
    let id = try test.begin(100)
    test.machine.end(100)
    test.reap()
    #expect(test.roster[id] == nil)
    #expect(try endings.endRemains(of: [id]).isEmpty && !endings.hasRemains, "it has left nothing")
    machine.processes[105] = .init(parentID: 1, task: id, ignoresTermination: true)
    #expect(try endings.endRemains(of: [id]) == [id: []])
    #expect(endings.hasRemains && machine.sent(.terminate) == [105])
    test.advance(milliseconds: Limits.killAfterMilliseconds)
    #expect(machine.sent(.kill) == [105])
    test.advance(milliseconds: Patience.longestCheckMilliseconds * 2)
    #expect(!endings.hasRemains)
  }

  @Test func `the tasks end with the shell that were launched to, and no others`() throws {
    let other = try test.begin(100)
    let id = try test.begin(101) { $0.endsWithShell = true }
    endings.endWithShell()
    test.advance(milliseconds: Patience.longestCheckMilliseconds)
    #expect(machine.sent(.terminate) == [101] && test.roster[other] != nil)
    #expect(try row(id)?.endedBy == .session)
  }

  @Test func `the end of a session takes along what is no task`() throws {
    let test = try TestSession(endsWithShell: true)
    let endings = Endings(session: test.session, roster: test.roster, ledger: test.ledger, trees: test.machine)
    let machine = test.machine
    let id = try test.begin(100)
    machine.processes[120] = .init(parentID: TestSession.bash)
    endings.endWithShell()
    #expect(machine.sent(.terminate) == [TestSession.bash, 100, 120])
    test.advance(milliseconds: Patience.longestCheckMilliseconds * 2)
    #expect(!endings.hasRemains)
    #expect(try test.store().task(id)?.endedBy == .session)
  }

  @Test func `a signal goes to the whole tree, and ends nothing else`() throws {
    let id = try test.begin(100, 101)
    try test.begin(110)
    #expect(try endings.send(.hangUp, toTreesOf: [id]) == [id: []])
    #expect(machine.sent(.hangUp) == [100, 101])
    #expect(test.roster[id]?.lifecycle == .live(.running))
  }

  @Test func `those who wait for a terminal that has gone are told when they can be seen`() throws {
    let id = try test.begin(100)
    machine.failure = .tooManyOpenFiles
    endings.hangUp([id])
    machine.failure = nil
    test.clock.advance(milliseconds: Patience.lookAgainMilliseconds)
    #expect(machine.sent(.hangUp) == [100] && machine.sent(.continue) == [100])
  }
}
