import Connections
import Glibc
import ProcessControl
import SystemPackage

/// Asks those who serve the host of this process what is due. It starts nothing and writes nothing.
final class HookClient {
  private var asked: [Asked] = []

  private final class Asked {
    var socket: FramedSocket
    var text: String?
    /// Whether it has answered.
    var isDone = false
    /// Whether something may become due.
    var mayCome = false

    init(_ socket: consuming FramedSocket) {
      self.socket = socket
    }
  }

  /// Finds the connections of the nearest host that has any.
  init() {
    for host in HostProcess.candidates(of: getpid()) {
      for name in host.socketNames {
        guard
          let socket = try? FramedSocket(connectedToAbstract: name, longestPayload: HookProtocol.longestPayload)
        else { continue }
        asked.append(Asked(socket))
      }
      if !asked.isEmpty { return }
    }
  }

  /// What is due now, else what becomes due in time; nil for nothing.
  ///
  /// - Parameter waitMilliseconds: 0 for not at all, -1 for as long as tasks run.
  func text(_ question: HookQuestion, waitMilliseconds: Int64) -> String? {
    ask(question, asked)
    hear(until: .now.advanced(milliseconds: Self.answerMilliseconds)) { asked.allSatisfy(\.isDone) }
    if waitMilliseconds != 0, asked.allSatisfy({ $0.text == nil }) {
      let waiting = asked.filter(\.mayCome)
      ask(
        HookQuestion(
          waitMilliseconds: waitMilliseconds, isOfSubagent: question.isOfSubagent, sessionNames: question.sessionNames),
        waiting)
      // They keep the time, and end with their host.
      hear(until: nil) { waiting.contains { $0.text != nil } || waiting.allSatisfy(\.isDone) }
    }
    let texts = asked.compactMap(\.text)
    return texts.isEmpty ? nil : texts.joined(separator: "\n")
  }

  /// One that does not answer is busy with something else; what is due then comes with the next event.
  private static let answerMilliseconds: Int64 = 2_000

  /// Says that it was passed on.
  func told() {
    for asked in asked where asked.text != nil {
      asked.socket.append(HookProtocol.frame(.told).bytes)
      try? asked.socket.send()
    }
  }

  private func ask(_ question: HookQuestion, _ some: [Asked]) {
    for asked in some {
      asked.isDone = false
      asked.socket.append(question.frame.bytes)
      if (try? asked.socket.send()) == nil { asked.isDone = true }
    }
  }

  private func hear(until deadline: MonotonicInstant?, _ isOver: () -> Bool) {
    while !isOver() {
      let open = asked.filter { !$0.isDone }
      var watched = open.map { pollfd(fd: $0.socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0) }
      let milliseconds = deadline.map { Int32(clamping: max(0, MonotonicInstant.now.milliseconds(until: $0))) } ?? -1
      guard !watched.isEmpty, milliseconds != 0 else { return }
      guard poll(&watched, nfds_t(watched.count), milliseconds) > 0 else {
        if deadline == nil { continue }
        return
      }
      for (asked, state) in zip(open, watched) where state.revents != 0 { hear(asked) }
    }
  }

  private func hear(_ asked: Asked) {
    do throws(Errno) {
      guard try asked.socket.receive() else {
        asked.isDone = true
        return
      }
    } catch .resourceTemporarilyUnavailable {
      return
    } catch {
      asked.isDone = true
      return
    }
    while case .whole(let frame) = asked.socket.next() {
      switch HookProtocol.kind(of: frame) {
      case .text: asked.text = frame.text
      case .nothing: asked.mayCome = frame.text == "1"
      case .ask, .told, nil: break
      }
      asked.isDone = true
    }
  }
}
