import CTestSupport
import Glibc

/// How a process ended.
package enum Ending: Hashable, Sendable {
  case exited(Int32)
  case killed(signal: Int32)

  package static let success = Ending.exited(0)
}

/// A child of the test process, held by a pidfd until it is reaped.
final class SpawnedProcess {
  let processID: Int32
  let pidfd: Int32
  private var status: Ending?

  /// Starts a program as the leader of a new session: on a terminal, or on three descriptors without any.
  init(_ command: Command, terminal: String?, descriptors: (Int32, Int32, Int32) = (-1, -1, -1)) throws {
    let path = try command.resolvedPath()
    var child: Int32 = 0
    let failure = withCStrings([path] + command.arguments) { arguments in
      withCStrings(command.environment.map { "\($0)=\($1)" }.sorted()) { environment in
        withOptionalCString(command.directory) { directory in
          withOptionalCString(terminal) { terminal in
            path.withCString { path in
              var request = bgtest_spawn_request(
                path: path, arguments: arguments, environment: environment, directory: directory, terminal: terminal,
                descriptors: descriptors, denies_forks: command.deniesForks ? 1 : 0)
              return bgtest_spawn(&request, &child)
            }
          }
        }
      }
    }
    guard failure == 0 else { throw HarnessFailure.systemCall("cannot start '\(path)'", failure) }
    processID = child
    pidfd = bgtest_pidfd_open(child)
    guard pidfd >= 0 else { throw HarnessFailure.systemCall("pidfd_open") }
  }

  /// Whatever still runs is killed; a test that ended early leaves no child behind.
  deinit {
    if status == nil {
      bgtest_pidfd_signal(pidfd, SIGKILL)
      var descriptor = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
      poll(&descriptor, 1, 10_000)
      var code: Int32 = 0
      var signal: Int32 = 0
      _ = bgtest_reap(processID, &code, &signal)
    }
    close(pidfd)
  }

  func send(signal: Int32) throws {
    guard bgtest_pidfd_signal(pidfd, signal) == 0 else { throw HarnessFailure.systemCall("signal \(signal)") }
  }

  /// The status, or nil while the process runs.
  func reap() throws -> Ending? {
    if let status { return status }
    var code: Int32 = 0
    var signal: Int32 = 0
    switch bgtest_reap(processID, &code, &signal) {
    case 0: return nil
    case 1: status = signal == 0 ? .exited(code) : .killed(signal: signal)
    default: throw HarnessFailure.systemCall("waitpid of our own child")
    }
    return status
  }
}

/// Calls `body` with a null-terminated vector of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { preconditionFailure("the vector has its terminator") }
    return body(start)
  }
}

private func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
  guard let string else { return body(nil) }
  return string.withCString { body($0) }
}
