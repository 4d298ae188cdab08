import Agents
import Connections
import ProcessControl
import SystemPackage
import TaskOperations

/// A process that a call has left running, watched until it ends.
final class LeftProcess {
  let member: ProcessTree.Member
  /// Its command, as text that a model may read.
  let command: String
  private var watch: ProcessWatch?

  init(_ member: ProcessTree.Member) {
    self.member = member
    command = String(PlainText.line(TaskTree.Process(member).command).prefix(Self.commandCharacters))
  }

  /// Tells once when it has ended.
  func watch(in loop: EventLoop, hasEnded: @escaping (LeftProcess) -> Void) {
    watch = try? ProcessWatch(of: member.processID, in: loop) { [unowned self] in hasEnded(self) }
  }

  var isThere: Bool { if case .gone = member.sighting { false } else { true } }

  /// `sleep 1000 (pid 4242)`
  var text: String { "\(command) (pid \(member.processID))" }

  private static let commandCharacters = 100
}
