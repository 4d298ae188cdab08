import CTestSupport
import Glibc

/// A state directory and a home of a test's own. When the value goes, so does everything that still runs in it.
package final class ScratchState {
  /// Holds `state` and `home`, and is where commands run.
  package let path: String
  package var home: String { "\(path)/home" }
  package var stateDirectory: String { "\(path)/state" }

  package init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/bgsh-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw HarnessFailure.systemCall("mkdtemp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    try makeDirectories()
  }

  private func makeDirectories() throws {
    for directory in [home, stateDirectory] {
      guard mkdir(directory, 0o700) == 0 else { throw HarnessFailure.systemCall("mkdir '\(directory)'") }
    }
  }

  deinit { remove() }

  /// Begins anew at the same path: what runs here is killed, what was written is gone.
  package func reset() throws {
    remove()
    guard mkdir(path, 0o700) == 0 else { throw HarnessFailure.systemCall("mkdir '\(path)'") }
    try makeDirectories()
  }

  /// The plain environment with this state and this home.
  package var environment: [String: String] {
    var environment = Command.plainEnvironment
    environment["BGSH_STATE_DIR"] = stateDirectory
    environment["HOME"] = home
    return environment
  }

  /// A command that runs here.
  package func command(_ program: String, _ arguments: String...) -> Command {
    Command(program, arguments, environment: environment, directory: path)
  }

  /// Runs the built `bgsh` here, without a terminal.
  package func bgsh(_ arguments: String..., input: Command.Input = .nothing) throws -> Outcome {
    try Command(BuiltProducts.bgsh, arguments, environment: environment, directory: path).run(input: input)
  }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
    let file = "\(path)/\(name)"
    try FileTree.write(text, to: file, mode: mode)
    return file
  }

  /// A process that belongs to this state: it has the state directory in its environment, or works below `path`.
  package struct Survivor: CustomStringConvertible {
    package let processID: Int32
    package let commandLine: String

    package var description: String { "\(processID) \(commandLine)" }
  }

  /// The processes of this state that run now.
  package var survivors: [Survivor] {
    var found: [Survivor] = []
    forEachProcess { pidfd, processID in
      close(pidfd)
      let words = (try? FileTree.read("/proc/\(processID)/cmdline")) ?? []
      found.append(
        Survivor(
          processID: processID,
          commandLine: words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")))
    }
    return found
  }

  /// Kills what runs here and removes the directories.
  package func remove() {
    let deadline = Deadline(after: .seconds(10))
    var isQuiet = false
    // Repeated: what was forked between the look and the signal is found by the next look.
    while !isQuiet, !deadline.hasPassed {
      isQuiet = true
      forEachProcess { pidfd, _ in
        isQuiet = false
        bgtest_pidfd_signal(pidfd, SIGKILL)
        var descriptor = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        poll(&descriptor, 1, 100)
        close(pidfd)
      }
    }
    FileTree.remove(path)
  }

  /// Calls `body` with a pidfd, which it closes, of each live process of this state but our own.
  private func forEachProcess(_ body: (_ pidfd: Int32, _ processID: Int32) -> Void) {
    let mark = Array("BGSH_STATE_DIR=\(stateDirectory)".utf8)
    for name in FileTree.names(in: "/proc") {
      guard let processID = Int32(name), processID != getpid() else { continue }
      // Held before it is looked at: the ID cannot pass to a stranger meanwhile.
      let pidfd = bgtest_pidfd_open(processID)
      guard pidfd >= 0 else { continue }
      if isRunning(pidfd), belongsHere(processID, mark: mark) { body(pidfd, processID) } else { close(pidfd) }
    }
  }

  private func isRunning(_ pidfd: Int32) -> Bool {
    var descriptor = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) == 0
  }

  private func belongsHere(_ processID: Int32, mark: [UInt8]) -> Bool {
    let environment = (try? FileTree.read("/proc/\(processID)/environ")) ?? []
    if environment.split(separator: 0).contains(where: { $0.elementsEqual(mark) }) { return true }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(processID)/cwd", &buffer, buffer.count)
    guard count > 0 else { return false }
    let directory = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return directory == path || directory.hasPrefix("\(path)/")
  }
}
