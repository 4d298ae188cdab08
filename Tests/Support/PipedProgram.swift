import CTestSupport
import Glibc

/// A program that is talked to over pipes, line by line, in a session without a terminal.
package final class PipedProgram {
  private let process: SpawnedProcess
  private var writeEnd: Int32
  private var readEnd: Int32
  private let errorsEnd: Int32
  private var received: [UInt8] = []
  private var errors: [UInt8] = []

  package init(_ command: Command) throws {
    bgtest_ignore_broken_pipes()
    var pipes: [[Int32]] = []
    for _ in 0..<3 {
      var ends: [Int32] = [-1, -1]
      guard bgtest_pipe(&ends) == 0 else { throw HarnessFailure.systemCall("pipe2") }
      pipes.append(ends)
    }
    defer { for end in [pipes[0][0], pipes[1][1], pipes[2][1]] { close(end) } }
    process = try SpawnedProcess(command, terminal: nil, descriptors: (pipes[0][0], pipes[1][1], pipes[2][1]))
    (writeEnd, readEnd, errorsEnd) = (pipes[0][1], pipes[1][0], pipes[2][0])
    for end in [readEnd, errorsEnd] { _ = bgtest_set_nonblocking(end) }
  }

  deinit {
    endInput()
    endOutput()
    close(errorsEnd)
  }

  package var processID: Int32 { process.processID }

  /// Writes a line.
  package func send(_ line: String) throws {
    let bytes = Array((line + "\n").utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(writeEnd, $0.baseAddress, $0.count) }
      guard count > 0 else { throw HarnessFailure.systemCall("write") }
      written += count
    }
  }

  /// The next line that the program writes.
  package func line(within limit: Duration = patience) throws -> String {
    let deadline = Deadline(after: limit)
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeSubrange(...end) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      var ready = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
      poll(&ready, 1, deadline.milliseconds)
      let hasEnded = try drain(readEnd, into: &received)
      if received.contains(UInt8(ascii: "\n")) { continue }
      guard !hasEnded, !deadline.hasPassed else {
        _ = try drain(errorsEnd, into: &errors)
        throw HarnessFailure(
          "no line \(hasEnded ? "before the end" : "within \(limit)"): '\(String(decoding: received, as: UTF8.self))', "
            + "standard error: '\(String(decoding: errors, as: UTF8.self))'")
      }
    }
  }

  /// Whether there is a line that has not been read yet.
  package func hasLine() throws -> Bool {
    _ = try drain(readEnd, into: &received)
    return received.contains(UInt8(ascii: "\n"))
  }

  /// Closes the pipe that the program reads.
  package func endInput() {
    if writeEnd >= 0 { close(writeEnd) }
    writeEnd = -1
  }

  /// Closes the pipe that the program writes to.
  package func endOutput() {
    if readEnd >= 0 { close(readEnd) }
    readEnd = -1
  }

  package func signal(_ number: Int32) throws { try process.send(signal: number) }

  /// Waits until the program has ended.
  package func ending(within limit: Duration = patience) throws -> Ending {
    var ready = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
    poll(&ready, 1, Deadline(after: limit).milliseconds)
    guard let status = try process.reap() else {
      throw HarnessFailure("process \(processID) did not end within \(limit)")
    }
    return status
  }
}
