import CTestSupport
import Glibc

/// A program with everything that it is started with.
package struct Command {
  /// An absolute path, or a name that is looked for in the test process's PATH.
  package var program: String
  package var arguments: [String]
  /// The whole environment: nothing is inherited.
  package var environment: [String: String]
  package var directory: String?
  /// Whether every fork of what runs fails for lack of memory; vfork does not.
  package var deniesForks = false

  package init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = Command.plainEnvironment,
    directory: String? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  /// The same on every machine and terminal.
  package static var plainEnvironment: [String: String] {
    ["PATH": searchPath, "LC_ALL": "C.UTF-8", "TERM": "xterm", "HOME": "/nonexistent"]
  }

  private static var searchPath: String { getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin" }

  func resolvedPath() throws -> String {
    if program.contains("/") { return program }
    for directory in Command.searchPath.split(separator: ":") {
      let candidate = "\(directory)/\(program)"
      if access(candidate, X_OK) == 0 { return candidate }
    }
    throw HarnessFailure("no program '\(program)' in PATH; 'make test' installs what the tests need")
  }
}

/// What a program that ran to its end left.
package struct Outcome {
  package let status: Ending
  package let standardOutputBytes: [UInt8]
  package let standardErrorBytes: [UInt8]

  package var standardOutput: String { String(decoding: standardOutputBytes, as: UTF8.self) }
  package var standardError: String { String(decoding: standardErrorBytes, as: UTF8.self) }
}

extension Command {
  /// What the program reads.
  package enum Input {
    /// `/dev/null`.
    case nothing
    /// A pipe that carries the text and then ends.
    case text(String)
  }

  /// Runs the program in a session without a terminal, until it ends.
  ///
  /// The outcome has what was written by then: a background process that holds the pipes is not waited for,
  /// unless `untilEndOfFile` asks for that.
  package func run(
    input: Input = .nothing, untilEndOfFile: Bool = false, within limit: Duration = patience
  ) throws -> Outcome {
    bgtest_ignore_broken_pipes()
    var pipes = try [Pipe(), Pipe(), Pipe()]
    defer { for pipe in pipes { pipe.close() } }
    var text: [UInt8] = []
    var inputDescriptor = pipes[0].readEnd
    switch input {
    case .nothing:
      inputDescriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      pipes[0].closeReadEnd()
      pipes[0].readEnd = inputDescriptor
    case .text(let string): text = Array(string.utf8)
    }
    let process = try SpawnedProcess(
      self, terminal: nil, descriptors: (inputDescriptor, pipes[1].writeEnd, pipes[2].writeEnd))
    pipes[0].closeReadEnd()
    pipes[1].closeWriteEnd()
    pipes[2].closeWriteEnd()
    let (writer, output, errors) = (pipes[0].writeEnd, pipes[1].readEnd, pipes[2].readEnd)
    for descriptor in [writer, output, errors] { _ = bgtest_set_nonblocking(descriptor) }

    var written = 0
    var collected: [Int32: [UInt8]] = [output: [], errors: []]
    var open: Set = [output, errors]
    var status: Ending?
    let deadline = Deadline(after: limit)
    while status == nil || (untilEndOfFile && !open.isEmpty) {
      if written == text.count { pipes[0].closeWriteEnd() }
      var descriptors = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      if status == nil { descriptors.append(pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)) }
      if written < text.count { descriptors.append(pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)) }
      poll(&descriptors, nfds_t(descriptors.count), deadline.milliseconds)
      if written < text.count {
        let count = text[written...].withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
        if count > 0 { written += count } else if errno != EAGAIN { written = text.count }
      }
      // First the status, then the pipes: what was written before the end is not missed.
      status = try process.reap()
      for descriptor in open where try drain(descriptor, into: &collected[descriptor, default: []]) {
        open.remove(descriptor)
      }
      guard !deadline.hasPassed || status != nil && !untilEndOfFile else {
        throw HarnessFailure(
          """
          '\(program)' did not end within \(limit)
          standard output: \(String(decoding: collected[output, default: []], as: UTF8.self))
          standard error: \(String(decoding: collected[errors, default: []], as: UTF8.self))
          """)
      }
    }
    guard let status else { throw HarnessFailure("'\(program)' has no status") }
    return Outcome(
      status: status, standardOutputBytes: collected[output, default: []],
      standardErrorBytes: collected[errors, default: []])
  }
}

/// Reads what a nonblocking descriptor has; tells whether its end was reached.
func drain(_ descriptor: Int32, into bytes: inout [UInt8]) throws -> Bool {
  try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 { bytes += buffer[..<count] }
      if count == 0 { return true }
      if count < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN: return false
        // The last process has closed the terminal.
        case EIO: return true
        default: throw HarnessFailure.systemCall("read")
        }
      }
    }
  }
}

/// Both ends of a pipe, each closed once.
private struct Pipe {
  var readEnd: Int32
  var writeEnd: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard bgtest_pipe(&ends) == 0 else { throw HarnessFailure.systemCall("pipe2") }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  mutating func closeReadEnd() {
    if readEnd >= 0 { Glibc.close(readEnd) }
    readEnd = -1
  }

  mutating func closeWriteEnd() {
    if writeEnd >= 0 { Glibc.close(writeEnd) }
    writeEnd = -1
  }

  func close() {
    if readEnd >= 0 { Glibc.close(readEnd) }
    if writeEnd >= 0 { Glibc.close(writeEnd) }
  }
}
