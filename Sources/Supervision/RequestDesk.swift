import CProcess
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import Tasks

/// Answers requests about the session's tasks on its control socket.
final class RequestDesk {
  private unowned let supervisor: Supervisor
  private let socket: FileDescriptor
  private lazy var listener = ConnectionListener(
    supervisor: supervisor, socket: socket, users: [geteuid(), 0],
    hasRoom: { [unowned self] in clients.count < mostClients },
    welcome: { [unowned self] connection, _ in welcome(connection) })
  private var clients: [FileDescriptor: Client] = [:]
  private var lastSerial = 0
  /// Launches need descriptors too.
  private let mostClients = max(1, EventLoop.mostDescriptors - 100)
  private var watchers: [TaskID: [FileDescriptor]] = [:]

  private struct Client {
    let serial: Int
    var received: [UInt8] = []
    /// The watched tasks that have not ended yet.
    var awaited: Set<TaskID> = []
    /// Replies that the client has not taken yet.
    var outgoing: [UInt8] = []
    /// Whether nothing is left to say once they are taken.
    var isDone = false
  }

  /// Longest request line, and most replies kept for a client that does not read, in bytes: 50,000 ids fit.
  private static let longestRequest = 1 << 20
  private static let mostOutgoing = 4 << 20

  init(supervisor: Supervisor, directory: SessionDirectory) throws(Errno) {
    self.supervisor = supervisor
    socket = try ConnectionListener.socket(named: SessionDirectory.controlName, in: directory)
    listen()
  }

  /// Hears who connects.
  func listen() { listener.listen() }

  /// Tells every watcher of a task its new state; after the last of its tasks has ended, its connection is closed.
  func tellWatchers(of id: TaskID, state: TaskState) {
    for descriptor in watchers[id] ?? [] {
      send(.state(id, state), to: descriptor)
      guard state.isFinal else { continue }
      clients[descriptor]?.awaited.remove(id)
      if clients[descriptor]?.awaited.isEmpty == true { clients[descriptor]?.isDone = true }
    }
    for descriptor in watchers[id] ?? [] { flush(descriptor) }
    if state.isFinal { watchers[id] = nil }
  }

  private func welcome(_ descriptor: FileDescriptor) {
    lastSerial += 1
    clients[descriptor] = Client(serial: lastSerial)
    do throws(Errno) {
      try watch(descriptor, forWriting: false)
    } catch {
      return drop(descriptor)
    }
    // Most often it has asked already.
    receive(from: descriptor)
  }

  private func receive(from descriptor: FileDescriptor) {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try descriptor.readSome()
    } catch .resourceTemporarilyUnavailable {
      return
    } catch {
      return drop(descriptor)
    }
    guard !bytes.isEmpty, var client = clients[descriptor] else { return drop(descriptor) }
    client.received += bytes
    clients[descriptor] = client
    guard let end = client.received.firstIndex(of: UInt8(ascii: "\n")) else {
      if client.received.count > Self.longestRequest { drop(descriptor) }
      return
    }
    let line = String(decoding: client.received[..<end], as: UTF8.self)
    clients[descriptor]?.received.removeSubrange(...end)
    guard let request = SupervisorRequest(line: line) else { return drop(descriptor) }
    answer(request, descriptor)
  }

  private func answer(_ request: SupervisorRequest, _ descriptor: FileDescriptor) {
    switch request {
    case .settle:
      let serial = clients[descriptor]?.serial
      supervisor.settle { [unowned self] in
        // The number may be another client's by now.
        if clients[descriptor]?.serial == serial { drop(descriptor) }
      }
    case .watch(let ids):
      watch(ids, descriptor)
    case .foreground(let id):
      if let task = supervisor.tasks[id], case .found(let process) = task.leader.sighting {
        send(.process(id, groupID: process.groupID, sessionID: process.sessionID), to: descriptor)
      }
      watch([id], descriptor)
    case .kill(let ids):
      act(on: ids, descriptor) { (live) throws(Errno) in
        let remains = try supervisor.endRemains(of: ids.filter { supervisor.tasks[$0] == nil })
        return supervisor.end(live, by: .kill).merging(remains) { $1 }
      }
    case .signal(let signal, let ids):
      act(on: ids, descriptor) { (live) throws(Errno) in try supervisor.send(signal, toTreesOf: live) }
    case .resume(let id):
      act(on: [id], descriptor) { (live) throws(Errno) in try supervisor.send(.continue, toTreesOf: live) }
    }
  }

  private func watch(_ ids: [TaskID], _ descriptor: FileDescriptor) {
    // Who asks has seen them on record as living.
    let unknown = ids.filter { supervisor.tasks[$0] == nil && supervisor.ledger?.closing[$0] == nil }
    if !unknown.isEmpty { supervisor.correct(unknown) }
    supervisor.ledger?.flush()
    for id in ids {
      guard let task = supervisor.tasks[id] else {
        let end = supervisor.ledger?.unrecordedEnds[id]
        send(end.map { .state(id, .ended($0)) } ?? .refused(id, SupervisorReply.notRunning), to: descriptor)
        continue
      }
      clients[descriptor]?.awaited.insert(id)
      watchers[id, default: []].append(descriptor)
      send(.state(id, .live(task.state)), to: descriptor)
    }
    if clients[descriptor]?.awaited.isEmpty == true { clients[descriptor]?.isDone = true }
    flush(descriptor)
  }

  /// - Parameter act: Does something to the tasks that live, and perhaps to others; says for each of which there was something
  ///   what of it was out of reach.
  private func act(
    on ids: [TaskID], _ descriptor: FileDescriptor,
    _ act: ([TaskID]) throws(Errno) -> [TaskID: [ProcessTree.Refusal]]
  ) {
    let live = ids.filter { supervisor.tasks[$0] != nil }
    do throws(Errno) {
      let refusals = try act(live)
      let known = Set(live).union(refusals.keys)
      for id in ids {
        if let refused = refusals[id], !refused.isEmpty {
          send(.refused(id, ProcessTree.Refusal.text(refused)), to: descriptor)
        } else {
          send(known.contains(id) ? .done(id) : .refused(id, SupervisorReply.notRunning), to: descriptor)
        }
      }
    } catch {
      for id in ids { send(.refused(id, "its processes cannot be seen now: \(error)"), to: descriptor) }
    }
    clients[descriptor]?.isDone = true
    flush(descriptor)
  }

  private func send(_ reply: SupervisorReply, to descriptor: FileDescriptor) {
    clients[descriptor]?.outgoing += reply.line.utf8
  }

  /// Writes what the client takes now, and the rest when it takes more. One that does not read what it asked for
  /// holds nobody up, and loses its connection in the end.
  private func flush(_ descriptor: FileDescriptor) {
    guard let client = clients[descriptor] else { return }
    var rest = client.outgoing[...]
    do throws(Errno) {
      while !rest.isEmpty { rest = rest.dropFirst(try descriptor.writeSome(rest)) }
      if client.isDone { return drop(descriptor) }
      try watch(descriptor, forWriting: false)
    } catch .resourceTemporarilyUnavailable where rest.count <= Self.mostOutgoing {
      do throws(Errno) {
        try watch(descriptor, forWriting: true)
      } catch {
        return drop(descriptor)
      }
    } catch {
      return drop(descriptor)
    }
    clients[descriptor]?.outgoing = Array(rest)
  }

  private func watch(_ descriptor: FileDescriptor, forWriting: Bool) throws(Errno) {
    try supervisor.loop.watch(descriptor, for: forWriting ? [.readable, .writable] : .readable) {
      [unowned self] event in
      if event.contains(.writable) { flush(descriptor) }
      if !event.isDisjoint(with: [.readable, .hungUp, .failed]) { receive(from: descriptor) }
    }
  }

  private func drop(_ descriptor: FileDescriptor) {
    guard let client = clients.removeValue(forKey: descriptor) else { return }
    for id in client.awaited { watchers[id]?.removeAll { $0 == descriptor } }
    supervisor.loop.ignore(descriptor)
    try? descriptor.close()
    listen()
  }
}
