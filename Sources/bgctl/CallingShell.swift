import CProtocol
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// The shell of a session that has called this program as a job command.
///
/// It says which session is meant, whatever its user has made of the environment since, and is told what came of it: a
/// status that is not reported is none of a task's.
struct CallingShell {
  /// The words of the job command itself.
  let command: [String]
  private let stateDirectory: String
  private let session: String
  private let notify: String
  private let report: FileDescriptor?

  /// The shell that has called this process; nil for anybody else.
  static var current: CallingShell? { CallingShell(CommandLine.arguments.dropFirst()) }

  /// Reads `--in-session STATE SESSION NOTIFY DESCRIPTOR COMMAND...`.
  init?(_ arguments: some Collection<String>) {
    let words = Array(arguments.prefix(5))
    guard words.count == 5, words[0] == BGSH_IN_SESSION_OPTION else { return nil }
    stateDirectory = words[1]
    session = words[2]
    notify = words[3]
    report = Int32(words[4]).flatMap { $0 < 0 ? nil : FileDescriptor(rawValue: $0) }
    command = Array(arguments.dropFirst(5))
  }

  /// Makes the session's values this process's environment. It is read from there by all.
  func setEnvironment() {
    if !stateDirectory.isEmpty { setenv(BGSH_STATE_VARIABLE, stateDirectory, 1) }
    setenv(BGSH_SESSION_VARIABLE, session, 1)
    setenv(BGSH_NOTIFY_VARIABLE, notify, 1)
  }

  /// Says that the shell need not wait any more for these tasks.
  func report(ended tasks: [TaskID]) { say(tasks.map { "\(BGSH_REPORT_ENDED) \($0.rawValue)\n" }.joined()) }

  func report(status: Int32) { say("\(BGSH_REPORT_STATUS) \(status)\n") }

  private func say(_ text: String) {
    // Without it the shell takes this command for a failure, as it should.
    _ = try? report?.writeAll(text.utf8)
  }
}
