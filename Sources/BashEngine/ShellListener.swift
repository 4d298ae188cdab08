import CProcess
import Glibc
package import ProcessControl
package import SystemPackage

/// Where the session's bash reaches bgsh: a socket in the abstract namespace, which nobody has to clean up and which bash
/// finds again when its user has closed its end.
package final class ShellListener {
  private let loop: EventLoop
  private let listener: FileDescriptor
  /// The oldest first.
  private var connections: [ShellConnection] = []
  private var isAnswering = false

  /// Its name, for ``Glue``.
  package let name: String

  /// Called with each request, one at a time; it may turn the loop.
  package var answer: (ShellRequest) -> ShellAnswer = { _ in .done }

  package init(loop: EventLoop, name: String) throws(Errno) {
    self.loop = loop
    self.name = name
    listener = FileDescriptor(rawValue: try systemCall { bgsh_listen_abstract(name) })
    // Told once of each connection: one for which there is no descriptor now must not keep the loop turning.
    try loop.watch(listener, for: .readableEdges) { [unowned self] _ in accept() }
  }

  private func accept() {
    var user: UInt32 = 0
    while let number = resultOrNil({ bgsh_accept(listener.rawValue, &user, nil) }) {
      let connection = ShellConnection(FileDescriptor(rawValue: number))
      guard user == geteuid() else {
        connection.close()
        continue
      }
      connections.append(connection)
      watch(connection)
      if connections.count > Limits.mostConnections { drop(connections[0]) }
    }
  }

  private func watch(_ connection: ShellConnection) {
    do throws(Errno) {
      try loop.watch(connection.descriptor, for: connection.hasOutgoing ? .readableOrWritable : .readable) {
        [unowned self] event in hear(event, from: connection)
      }
    } catch {
      drop(connection)
    }
  }

  private func drop(_ connection: ShellConnection) {
    guard connection.isOpen else { return }
    loop.ignore(connection.descriptor)
    connection.close()
    connections.removeAll { $0 === connection }
  }

  private func hear(_ event: EventLoop.Interest, from connection: ShellConnection) {
    // Who asked has given up.
    guard !event.hasAny(of: .hungUp) else { return drop(connection) }
    if event.hasAny(of: .writable) {
      connection.send()
      if !connection.hasOutgoing { watch(connection) }
    }
    guard !event.hasAny(of: .readableOrOver) || connection.receive() else {
      return drop(connection)
    }
    answerQuestions()
  }

  /// While one question is answered the loop may turn: who asks meanwhile waits, and who has gone is not answered.
  private func answerQuestions() {
    guard !isAnswering else { return }
    isAnswering = true
    defer { isAnswering = false }
    while let connection = connections.first(where: \.asks), let question = connection.takeQuestion() {
      if question.version == ShellMessage.version {
        guard let request = ShellRequest(kind: question.kind, payload: question.payload) else {
          drop(connection)
          continue
        }
        connection.answer(question.answered(answer(request)))
      } else {
        // The version of the answer says it.
        connection.answer(question.answered(.done))
      }
      if connection.isOpen, connection.hasOutgoing { watch(connection) }
    }
  }
}
