import Agents
import Connections
import Glibc
import ProcessControl
import SystemPackage

/// Answers the hooks of the program that has started this one: they are told what is due as a result would be, and never
/// what a result has in hand.
final class HookListener {
  private let loop: EventLoop
  private unowned let service: ToolService
  private var listener: Listener?
  private var hooks: [Hook] = []
  private var lookAlarm: Int?

  /// A hook that has connected.
  private final class Hook {
    let connection: Connection
    var question: HookQuestion?
    /// Until when it waits; nil for one that does not.
    var deadline: MonotonicInstant?
    var session: AgentSession?
    /// What it is about to pass on.
    var delivery: Delivery?

    init(_ connection: Connection) {
      self.connection = connection
    }
  }

  /// Where there is no host, or no name is free, hooks find nobody; what is due comes with results.
  init(loop: EventLoop, service: ToolService) {
    self.loop = loop
    self.service = service
    guard let host = service.host else { return }
    for name in host.socketNames {
      guard let socket = try? Listener.abstractSocket(named: name) else { continue }
      let listener = Listener(socket, in: loop, users: [geteuid()]) { [unowned self] descriptor, _ in
        welcome(descriptor)
      }
      listener.listen()
      self.listener = listener
      return
    }
  }

  private func welcome(_ descriptor: FileDescriptor) {
    let bounds = Connection.Bounds(longestPayload: HookProtocol.longestPayload, mostOutgoing: .max)
    let hook = Hook(Connection(descriptor, in: loop, bounds: bounds))
    hooks.append(hook)
    hook.connection.hears = { [unowned self, unowned hook] frame in hear(frame, from: hook) }
    hook.connection.hasClosed = { [unowned self, unowned hook] in drop(hook) }
    hook.connection.listen()
  }

  private func drop(_ hook: Hook) {
    guard let index = hooks.firstIndex(where: { $0 === hook }) else { return }
    let gone = hooks.remove(at: index)
    if let delivery = gone.delivery { service.takeBack(delivery) }
  }

  private func hear(_ frame: Frame, from hook: Hook) {
    switch HookProtocol.kind(of: frame) {
    case .ask:
      guard let question = HookQuestion(frame) else { return hook.connection.close() }
      hook.question = question
      hook.session = session(of: question)
      if question.waitMilliseconds != 0 {
        // Of two that wait for the same, the later one is the host's.
        for other in hooks where other !== hook && other.session === hook.session && other.deadline != nil {
          other.deadline = nil
          other.connection.send(HookProtocol.frame(.nothing, "0"))
        }
        hook.deadline = .now.advanced(
          milliseconds: question.waitMilliseconds < 0 ? Self.longestWaitMilliseconds : question.waitMilliseconds)
      }
      answer(hook)
      lookAgain()
    case .told:
      if let delivery = hook.delivery { service.commit(delivery) }
      hook.delivery = nil
      hook.connection.close()
    case .text, .nothing, nil: hook.connection.close()
    }
  }

  /// A week: who waits so long has been forgotten.
  private static let longestWaitMilliseconds: Int64 = 7 * 24 * 3_600_000

  /// The session that is meant. An agent that another one has started has none unless it is named for it: what is due to
  /// the first one is not its business.
  private func session(of question: HookQuestion) -> AgentSession? {
    for name in question.sessionNames {
      if let session = service.knownSession(named: name) { return session }
    }
    // That of commands which the host runs by itself is there before the first call.
    return question.isOfSubagent ? nil : service.session(named: SessionName.standard)
  }

  private func answer(_ hook: Hook) {
    guard hook.delivery == nil, let question = hook.question else { return }
    // It may have its first call while the hook waits.
    if hook.session == nil { hook.session = session(of: question) }
    if let session = hook.session, let delivery = service.delivery(to: session) {
      if !delivery.texts.isEmpty {
        let text = delivery.texts.joined(separator: "\n")
        hook.delivery = delivery
        hook.deadline = nil
        return hook.connection.send(HookProtocol.frame(.text, text))
      }
      service.commit(delivery)
    }
    let mayCome = hook.session.map { service.expectsNotices($0) } ?? false
    if let deadline = hook.deadline, deadline > .now, mayCome { return }
    hook.deadline = nil
    hook.connection.send(HookProtocol.frame(.nothing, mayCome ? "1" : "0"))
  }

  /// Something has happened to a task of a session, and is on record. What happens together is told together.
  func expect(_ session: AgentSession) {
    guard hooks.contains(where: { $0.deadline != nil && $0.session === session }) else { return }
    service.clock.after(Self.recordPause) { [unowned self] in
      for hook in hooks where hook.deadline != nil && hook.session === session { answer(hook) }
    }
  }

  private static let recordPause = Duration.milliseconds(20)

  /// A look may fail, as when the database is locked, and of some things nobody is told.
  private func lookAgain() {
    service.clock.cancel(lookAlarm)
    guard hooks.contains(where: { $0.deadline != nil }) else { return }
    lookAlarm = service.clock.after(Self.lookPause) { [unowned self] in
      for hook in hooks where hook.deadline != nil { answer(hook) }
      lookAgain()
    }
  }

  private static let lookPause = Duration.milliseconds(500)
}
