import Connections
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks
import Testing

@testable import Records
@testable import Supervision

/// Requests over a real socket, about tasks that are rows of a table.
struct RequestServerTests {
  private let test: TestSession
  private let loop: EventLoop
  private let server: RequestServer
  private let directory: SessionDirectory

  init() throws {
    Signal.pipe.ignore()
    test = try TestSession()
    loop = try EventLoop()
    directory = test.state.session(test.session.id)
    try systemCall { [directory] in mkdir(directory.path, 0o700) }
    server = try RequestServer(
      session: test.session, directory: directory, roster: test.roster, ledger: test.ledger,
      endings: Endings(session: test.session, roster: test.roster, ledger: test.ledger, trees: test.machine),
      processes: test.machine, loop: loop)
    test.ledger.hasChanged = { [server] id, state in server.tellWatchers(of: id, state: state) }
    server.listen()
  }

  /// Somebody who has asked.
  private final class Client {
    private var supervisor: SupervisorClient

    init(_ directory: SessionDirectory, _ request: SupervisorRequest) throws {
      supervisor = try SupervisorClient(directory, asking: request)
    }

    func next() throws -> SupervisorReply? { try supervisor.nextReply(timeoutMilliseconds: 0) }
  }

  private func ask(_ request: SupervisorRequest) throws -> Client { try Client(directory, request) }

  /// Every reply that is there; nil at the end of the connection.
  private func replies(_ client: Client) throws -> [SupervisorReply?] {
    while try loop.turn(milliseconds: 0) {}
    var replies: [SupervisorReply?] = []
    do {
      while replies.last != .some(nil) { replies.append(try client.next()) }
    } catch SupervisorError.timedOut {
    }
    return replies
  }

  private func hear(_ processID: Int32, _ rawStatus: Int32, _ id: TaskID) {
    test.roster.leaderHasChanged(id, test.child(processID, rawStatus: rawStatus))
    test.ledger.flush()
  }

  @Test func `who watches hears the state now, each change and the end`() throws {
    let id = try test.begin(100)
    let client = try ask(.watch([id]))
    #expect(try replies(client) == [.state(id, .running)])
    hear(100, SIGSTOP << 8 | 0x7f, id)
    #expect(try replies(client) == [.state(id, .live(.paused))])
    hear(100, 3 << 8, id)
    #expect(try replies(client) == [.state(id, .exited(code: 3)), nil])
  }

  @Test func `a task that is not known is looked for, and refused`() throws {
    var unknown: [TaskID] = []
    server.findsUnknown = { unknown += $0 }
    let id = TaskID(rawValue: 77)
    let client = try ask(.watch([id]))
    #expect(try replies(client) == [.refused(id, SupervisorReply.notRunning), nil])
    #expect(unknown == [id])
  }

  @Test func `an end that is not on record yet is told of when it is`() throws {
    let id = try test.begin(100)
    // As by a crowd, which the supervisor does not call trouble.
    let other = try test.store()
    try other.connection.execute(script: "BEGIN IMMEDIATE")
    hear(100, 3 << 8, id)
    #expect(test.ledger.closing[id] != nil && test.ledger.unrecordedEnds.isEmpty)
    let client = try ask(.watch([id]))
    #expect(try replies(client) == [.state(id, .running)])
    try other.connection.execute(script: "ROLLBACK")
    test.clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(try replies(client) == [.state(id, .exited(code: 3)), nil])
    #expect(try other.task(id)?.state == .exited(code: 3))
  }

  @Test func `one that cannot be recorded for long is told of before`() throws {
    let id = try test.begin(100)
    try test.breakDatabase()
    hear(100, 3 << 8, id)
    let client = try ask(.watch([id]))
    #expect(try replies(client) == [.state(id, .exited(code: 3)), nil])
  }

  @Test func `what is killed, and what is not there, is answered at once`() throws {
    let id = try test.begin(100)
    let gone = TaskID(rawValue: 77)
    let client = try ask(.kill([id, gone]))
    #expect(try replies(client) == [.done(id), .refused(gone, SupervisorReply.notRunning), nil])
    #expect(test.machine.sent(.terminate) == [100])
  }

  @Test func `what cannot be seen is refused with the reason`() throws {
    let id = try test.begin(100)
    test.machine.failure = .tooManyOpenFiles
    let client = try ask(.signal(.hangUp, [id]))
    guard case .refused(id, let reason)? = try replies(client).first ?? nil else {
      Issue.record("it was not refused")
      return
    }
    #expect(reason.hasPrefix("its processes cannot be seen now: "))
  }

  @Test func `who asks to settle hears the end of the connection then`() throws {
    var settled: [() -> Void] = []
    server.settles = { settled.append($0) }
    let client = try ask(.settle)
    #expect(try replies(client).isEmpty)
    for then in settled { then() }
    #expect(try replies(client) == [nil])
  }
}
