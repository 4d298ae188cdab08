package import Connections
package import SystemPackage

/// Where the session's bash reaches bgsh: a socket in the abstract namespace, which nobody has to clean up and which bash
/// finds again when its user has closed its end.
package final class ShellListener {
  private let loop: EventLoop
  private var listener: Listener?
  /// The oldest first.
  private var connections: [ShellConnection] = []
  private var isAnswering = false

  /// Its name, which the ``StartupScript`` tells bash.
  package let name: String

  /// Called with each request, one at a time; it may turn the loop. nil for one that is answered later, with all such.
  package var answer: (ShellRequest) -> ShellAnswer? = { _ in .done }
  /// What is answered later.
  private var unanswered: [(connection: ShellConnection, question: Frame)] = []

  package init(loop: EventLoop, name: String) throws(Errno) {
    self.loop = loop
    self.name = name
    listener = try .abstract(named: name, in: loop) { [unowned self] descriptor in welcome(descriptor) }
  }

  private func welcome(_ descriptor: FileDescriptor) {
    let connection = ShellConnection(descriptor, in: loop)
    connections.append(connection)
    connection.asks = { [unowned self] in answerQuestions() }
    connection.hasClosed = { [unowned self, unowned connection] in remove(connection) }
    connection.listen()
    if connections.count > Limits.mostConnections { connections[0].close() }
  }

  private func remove(_ connection: ShellConnection) {
    connections.removeAll { $0 === connection }
    unanswered.removeAll { $0.connection === connection }
  }

  /// While one question is answered the loop may turn: who asks meanwhile waits, and who has gone is not answered.
  private func answerQuestions() {
    guard !isAnswering else { return }
    isAnswering = true
    defer { isAnswering = false }
    while let connection = connections.first(where: \.hasQuestion), let question = connection.takeQuestion() {
      guard question.version == ShellConnection.version else {
        // The version of the answer says it.
        connection.answer(question, with: .done)
        continue
      }
      guard let request = ShellRequest(kind: question.kind, payload: question.payload) else {
        connection.close()
        continue
      }
      if let answer = answer(request) {
        connection.answer(question, with: answer)
      } else {
        unanswered.append((connection, question))
      }
    }
  }

  /// Answers what had to wait for this.
  package func answerWaiting(with answer: ShellAnswer) {
    let waiting = unanswered
    unanswered = []
    for (connection, question) in waiting { connection.answer(question, with: answer) }
  }
}
