import Glibc
import Notices
import ProcessControl
import StateFiles
import SupervisorProtocol
import Tasks
import Testing

@testable import Records
@testable import Supervision

/// The ledger with a real database.
struct LedgerTests {
  private let test: TestSession
  private let id: TaskID

  init() throws {
    test = try TestSession()
    id = try test.begin(100)
  }

  private func end(_ code: Int32 = 3) { test.roster.leaderHasChanged(id, test.child(100, rawStatus: code << 8)) }

  @Test func `an end is on record before anybody is told of it`() throws {
    var seen: [TaskState?] = []
    test.session.tellBgsh = { [test, id] event in
      #expect(event == .notified)
      seen.append((try? test.store().task(id)).flatMap { $0?.state })
    }
    test.ledger.hasChanged = { [test, id] _, state in
      #expect(state == .exited(code: 3))
      seen.append((try? test.store().task(id)).flatMap { $0?.state })
    }
    end()
    #expect(seen.isEmpty && test.ledger.closing[id] != nil)
    test.ledger.flush()
    #expect(seen == [.exited(code: 3), .exited(code: 3)])
    #expect(try test.store().notifications(of: id).map(\.event) == [.failed])
    #expect(test.ledger.closing.isEmpty && !test.ledger.hasUnwritten)
  }

  @Test func `a state is on record, and waiting for input is notified of`() throws {
    test.roster.apply(.stopped, to: id)
    test.ledger.flush()
    #expect(try test.store().task(id)?.state == .live(.paused))
    #expect(test.told.isEmpty)
    test.roster.apply(.stoppedByTerminal, to: id)
    test.ledger.flush()
    #expect(try test.store().task(id)?.state == .live(.waitingForInput))
    #expect(test.told == [.notified])
    #expect(test.changes.map(\.state) == [.live(.paused), .live(.waitingForInput)])
  }

  @Test func `what cannot be written is told of, and written in its order when it can`() throws {
    try test.breakDatabase()
    test.roster.apply(.stopped, to: id)
    test.roster.apply(.continued, to: id)
    end()
    test.ledger.flush()
    guard case .unrecorded = try #require(test.told.first) else {
      Issue.record("bgsh was not told")
      return
    }
    #expect(test.changes == [.init(id: id, state: .exited(code: 3))], "who waits for an end does not wait for the disk")
    #expect(test.ledger.unrecordedEnds[id] == .exited(code: 3) && test.ledger.hasUnwritten)
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(test.told.count == 1 && test.ledger.hasUnwritten)
    test.mendDatabase()
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(test.told.suffix(2) == [.notified, .recorded])
    #expect(test.ledger.unrecordedEnds.isEmpty && !test.ledger.hasUnwritten)
    #expect(test.changes.map(\.state).suffix(3) == [.live(.paused), .live(.running), .exited(code: 3)])
    #expect(try test.store().task(id)?.state == .exited(code: 3))
  }

  @Test func `who retries looks at the children that had to wait`() throws {
    var retries = 0
    test.ledger.hasRetried = { retries += 1 }
    try test.breakDatabase()
    end()
    test.ledger.flush()
    #expect(retries == 0)
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(retries == 1)
  }

  @Test func `another file is given what is under way`() throws {
    let reserved = try test.reserveID()
    test.ledger.reservedIDs = { [reserved] }
    for suffix in ["", "-wal", "-shm"] { unlink(test.state.databasePath + suffix) }
    test.ledger.turnBegins()
    test.ledger.review()
    let store = try test.store()
    #expect(try store.session(test.session.id) != nil)
    #expect(try store.supervisedTasks(of: test.session.id).map(\.task.id) == [id])
    #expect(try store.reservedTaskIDs(of: test.session.id) == [reserved])
    end()
    test.ledger.flush()
    #expect(try store.task(id)?.state == .exited(code: 3))
  }

  @Test func `what fails without harm is left undone`() throws {
    try test.breakDatabase()
    test.ledger.attempt("trying") { _ in Issue.record("it has a database") }
    #expect(test.told.isEmpty && !test.ledger.hasUnwritten)
  }

  @Test func `without bgsh a directory that has gone keeps nobody`() throws {
    try test.breakDatabase()
    end()
    test.ledger.flush()
    #expect(test.ledger.hasUnwritten && !test.ledger.isWithoutPlace)
    rename(test.state.path, test.state.path + ".away")
    defer { rename(test.state.path + ".away", test.state.path) }
    #expect(test.ledger.isWithoutPlace && test.ledger.hasUnwritten, "bgsh would start another supervisor")
    test.session.tellBgsh = nil
    #expect(!test.ledger.hasUnwritten)
  }

  @Test func `a quiet success is no notification`() throws {
    let id = try test.begin(101) { $0.isQuiet = true }
    test.roster.leaderHasChanged(id, test.child(101, rawStatus: 0))
    test.ledger.flush()
    #expect(try test.store().task(id)?.state == .exited(code: 0))
    #expect(try test.store().notifications(of: id).isEmpty && test.told.isEmpty)
  }
}
