import CProcess
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Answers requests about the session's tasks on its control socket.
final class RequestDesk {
  private unowned let supervisor: Supervisor
  private let listener: FileDescriptor
  private var clients: [FileDescriptor: Client] = [:]
  private var watchers: [TaskID: [FileDescriptor]] = [:]

  private struct Client {
    var received: [UInt8] = []
    /// The watched tasks that have not ended yet.
    var awaited: Set<TaskID> = []
  }

  /// Longest request line, in bytes: 5,000 ids fit.
  private static let longestRequest = 1 << 20

  init(supervisor: Supervisor, directory: SessionDirectory) throws(Errno) {
    self.supervisor = supervisor
    let folder = try systemCall { bgsh_open(directory.path, O_RDONLY | O_DIRECTORY, 0) }
    defer { Glibc.close(folder) }
    listener = FileDescriptor(rawValue: try systemCall { bgsh_listen_in(folder, "control") })
    _ = bgsh_set_nonblocking(listener.rawValue)
    try supervisor.loop.watch(listener) { [unowned self] _ in accept() }
  }

  /// Tells every watcher of a task its new state; after the last of its tasks has ended, its connection is closed.
  func tellWatchers(of id: TaskID, state: TaskState) {
    for descriptor in watchers[id] ?? [] {
      send(.state(id, state), to: descriptor)
      guard state.isFinal else { continue }
      clients[descriptor]?.awaited.remove(id)
      if clients[descriptor]?.awaited.isEmpty == true { drop(descriptor) }
    }
    if state.isFinal { watchers[id] = nil }
  }

  private func accept() {
    var user: UInt32 = 0
    while let number = resultOrNil({ bgsh_accept(listener.rawValue, &user) }) {
      let descriptor = FileDescriptor(rawValue: number)
      guard user == getuid() || user == 0 else {
        try? descriptor.close()
        continue
      }
      clients[descriptor] = Client()
      do throws(Errno) {
        try supervisor.loop.watch(descriptor) { [unowned self] _ in receive(from: descriptor) }
      } catch {
        drop(descriptor)
      }
    }
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
      supervisor.settle { [unowned self] in drop(descriptor) }
    case .watch(let ids):
      watch(ids, descriptor)
    case .foreground(let id):
      if let task = supervisor.tasks[id], let process = ProcessState(processID: task.leader.processID) {
        send(.process(id, groupID: process.groupID, sessionID: process.sessionID), to: descriptor)
      }
      watch([id], descriptor)
    case .kill(let ids):
      each(ids, descriptor) { supervisor.end($0, by: .kill) }
    case .signal(let signal, let ids):
      each(ids, descriptor) { supervisor.send(signal, toTreeOf: $0) }
    case .resume(let id):
      each([id], descriptor) { supervisor.send(.continue, toTreeOf: $0) }
    }
  }

  private func watch(_ ids: [TaskID], _ descriptor: FileDescriptor) {
    for id in ids {
      guard let task = supervisor.tasks[id] else {
        send(.refused(id, "not running"), to: descriptor)
        continue
      }
      clients[descriptor]?.awaited.insert(id)
      watchers[id, default: []].append(descriptor)
      send(.state(id, .live(task.state)), to: descriptor)
    }
    if clients[descriptor]?.awaited.isEmpty == true { drop(descriptor) }
  }

  private func each(_ ids: [TaskID], _ descriptor: FileDescriptor, _ act: (TaskID) -> Void) {
    for id in ids {
      if supervisor.tasks[id] == nil {
        send(.refused(id, "not running"), to: descriptor)
      } else {
        act(id)
        send(.done(id), to: descriptor)
      }
    }
    drop(descriptor)
  }

  /// A client that does not read what it asked for must not hold up the session: it loses its connection.
  private func send(_ reply: SupervisorReply, to descriptor: FileDescriptor) {
    guard clients[descriptor] != nil else { return }
    do throws(Errno) {
      try descriptor.writeWhole(reply.line.utf8)
    } catch {
      drop(descriptor)
    }
  }

  private func drop(_ descriptor: FileDescriptor) {
    guard let client = clients.removeValue(forKey: descriptor) else { return }
    for id in client.awaited { watchers[id]?.removeAll { $0 == descriptor } }
    supervisor.loop.ignore(descriptor)
    try? descriptor.close()
  }
}
