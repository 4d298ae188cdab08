import Connections
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Answers requests about the session's tasks on its control socket.
final class RequestServer {
  private let session: SupervisedSession
  private let roster: TaskRoster
  private let ledger: Ledger?
  private let endings: Endings
  private let processes: any Processes
  private let loop: EventLoop
  private let socket: FileDescriptor
  private lazy var listener = makeListener()
  private var clients: [Int: Client] = [:]
  private var lastNumber = 0
  /// Launches need descriptors too.
  private let mostClients = max(1, Descriptors.most - 100)
  /// The numbers of the clients that watch a task.
  private var watchers: [TaskID: [Int]] = [:]

  private final class Client {
    let number: Int
    let connection: Connection
    /// The watched tasks that have not ended yet.
    var awaited: Set<TaskID> = []

    init(_ number: Int, _ connection: Connection) {
      self.number = number
      self.connection = connection
    }
  }

  /// Most replies kept for a client that does not read.
  private static let bounds = Connection.Bounds(
    longestPayload: SupervisorRequest.longestPayload, mostOutgoing: 4 << 20)

  /// Calls what it is given when no launch is under way.
  var settles: (_ then: @escaping () -> Void) -> Void = { $0() }
  /// Called with tasks that are on record as living, and are not known here.
  var findsUnknown: ([TaskID]) -> Void = { _ in }
  /// Called where somebody has to wait: ``listen()`` is to be called a little later.
  var isHeldUp: (Errno) -> Void = { _ in }

  /// Makes the socket, at which nobody is heard before ``listen()``.
  init(
    session: SupervisedSession, directory: SessionDirectory, roster: TaskRoster, ledger: Ledger?, endings: Endings,
    processes: any Processes, loop: EventLoop
  ) throws(Errno) {
    self.session = session
    self.roster = roster
    self.ledger = ledger
    self.endings = endings
    self.processes = processes
    self.loop = loop
    // A supervisor that was killed has left its socket; the lock says that there is no other.
    unlink(directory.controlPath)
    socket = try Listener.socket(named: SessionDirectory.controlName, inDirectory: directory.path)
  }

  private func makeListener() -> Listener {
    let listener = Listener(
      socket, in: loop, users: [geteuid(), 0],
      hasRoom: { [unowned self] in clients.count < mostClients },
      welcome: { [unowned self] connection, _ in welcome(connection) })
    listener.isHeldUp = { [unowned self] error in isHeldUp(error) }
    return listener
  }

  /// Hears who connects.
  func listen() { listener.listen() }

  /// Tells every watcher of a task its new state; after the last of its tasks has ended, its connection is closed.
  func tellWatchers(of id: TaskID, state: TaskState) {
    for case let client? in (watchers[id] ?? []).map({ clients[$0] }) {
      client.connection.append(SupervisorReply.state(id, state).frame)
      if state.isFinal { client.awaited.remove(id) }
      flush(client)
    }
    if state.isFinal { watchers[id] = nil }
  }

  private func welcome(_ descriptor: FileDescriptor) {
    lastNumber += 1
    let connection = Connection(
      descriptor, in: loop, bounds: Self.bounds, greeting: Greeting(version: SupervisorRequest.version),
      greetsFirst: false)
    let client = Client(lastNumber, connection)
    clients[client.number] = client
    connection.hears = { [unowned self, unowned client] frame in
      guard let request = SupervisorRequest(frame) else { return client.connection.close() }
      answer(request, client)
    }
    connection.hasEnded = { [unowned connection] end in
      // A bgctl of before the frames takes lines, and shows one that it does not understand.
      if end == .otherVersion(name: nil) {
        connection.append(Array("this supervisor is of bgsh \(Version.text)\n".utf8))
      }
    }
    connection.isHeldUp = { [unowned connection] _ in connection.close() }
    connection.hasClosed = { [unowned self, unowned client] in forget(client) }
    connection.listen()
    // Most often it has asked already.
    connection.receive()
  }

  private func forget(_ client: Client) {
    clients[client.number] = nil
    for id in client.awaited { watchers[id]?.removeAll { $0 == client.number } }
    listen()
  }

  private func answer(_ request: SupervisorRequest, _ client: Client) {
    switch request {
    case .settle:
      let number = client.number
      settles { [unowned self] in clients[number]?.connection.closeWhenSent() }
    case .watch(let ids):
      watch(ids, client)
    case .foreground(let id):
      if let task = roster[id], case .found(let process) = processes.sighting(of: task.leader) {
        client.connection.append(
          SupervisorReply.process(id, groupID: process.groupID, sessionID: process.sessionID).frame)
      }
      watch([id], client)
    case .kill(let ids):
      act(on: ids, client) { (live) throws(Errno) in
        let remains = try endings.endRemains(of: ids.filter { roster[$0] == nil })
        return endings.end(live, by: .kill).merging(remains) { $1 }
      }
    case .signal(let signal, let ids):
      act(on: ids, client) { (live) throws(Errno) in try endings.send(signal, toTreesOf: live) }
    case .resume(let id):
      act(on: [id], client) { (live) throws(Errno) in try endings.send(.continue, toTreesOf: live) }
    }
  }

  private func watch(_ ids: [TaskID], _ client: Client) {
    // Who asks has seen them on record as living.
    let unknown = ids.filter { roster[$0] == nil && ledger?.closing[$0] == nil }
    if !unknown.isEmpty { findsUnknown(unknown) }
    ledger?.flush()
    for id in ids {
      if let end = ledger?.unrecordedEnds[id] {
        client.connection.append(SupervisorReply.state(id, .ended(end)).frame)
        continue
      }
      // One whose end is not on record yet is told of when it is.
      guard let task = roster[id] ?? ledger?.closing[id] else {
        client.connection.append(SupervisorReply.refused(id, SupervisorReply.notRunning).frame)
        continue
      }
      client.awaited.insert(id)
      watchers[id, default: []].append(client.number)
      client.connection.append(SupervisorReply.state(id, .live(task.state)).frame)
    }
    flush(client)
  }

  /// - Parameter act: Does something to the tasks that live, and perhaps to others; says for each of which there was something
  ///   what of it was out of reach.
  private func act(
    on ids: [TaskID], _ client: Client, _ act: ([TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]]
  ) {
    let live = ids.filter { roster[$0] != nil }
    var replies: [SupervisorReply] = []
    do throws(Errno) {
      let refusals = try act(live)
      let known = Set(live).union(refusals.keys)
      for id in ids {
        if let refused = refusals[id], !refused.isEmpty {
          replies.append(.refused(id, ProcessTree.Refusal.text(refused)))
        } else {
          replies.append(known.contains(id) ? .done(id) : .refused(id, SupervisorReply.notRunning))
        }
      }
    } catch {
      replies = ids.map { .refused($0, "its processes cannot be seen now: \(error)") }
    }
    for reply in replies { client.connection.append(reply.frame) }
    flush(client)
  }

  /// Says what the client takes now, and the rest when it takes more; and closes the connection then if no state is awaited
  /// any more. One that does not read what it asked for holds nobody up, and loses its connection in the end.
  private func flush(_ client: Client) {
    if client.awaited.isEmpty { client.connection.closeWhenSent() } else { client.connection.flush() }
    if !client.connection.hasRoom { client.connection.close() }
  }
}
