import Glibc

/// A FIFO at which a program, such as `read <gate` or `cat gate`, waits until the test lets it go on.
package struct Gate {
  /// Its name in the scratch directory, which is where commands run.
  package let name: String
  private let path: String

  package init(in scratch: ScratchState, _ name: String = "gate") throws {
    self.name = name
    path = "\(scratch.path)/\(name)"
    guard mkfifo(path, 0o600) == 0 else { throw HarnessFailure.systemCall("mkfifo '\(path)'") }
  }

  /// Waits until somebody stands before the gate, and sends a line through.
  package func open(_ line: String = "") throws { try Gate.open(path, line) }

  /// The same for a FIFO that something else has made.
  package static func open(_ path: String, _ line: String = "") throws {
    var writer: Int32 = -1
    try waitUntil("somebody at the gate '\(path)'") {
      writer = Glibc.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      return writer >= 0
    }
    defer { close(writer) }
    let bytes = Array("\(line)\n".utf8)
    guard write(writer, bytes, bytes.count) == bytes.count else {
      throw HarnessFailure.systemCall("the gate '\(path)'")
    }
  }
}
