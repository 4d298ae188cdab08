import CProcess
import Glibc
import ProcessControl
package import SystemPackage
package import Tasks

/// How far a session has seen what a task has written to a file: a small file in the directory of the session, and gone with it.
package struct SeenMark: Sendable {
  private let path: String

  /// Names a mark without looking at it.
  package init(task: TaskID, file: OutputFile = .output, session: SessionID, in directory: StateDirectory) {
    path = directory.session(session).seenPath(task, file)
  }

  /// The offset of the first byte that has not been seen, nil if the session has seen nothing yet.
  package var offset: Int64? {
    guard let number = resultOrNil({ bgsh_open(path, O_RDONLY | O_NONBLOCK, 0) }) else { return nil }
    let file = FileDescriptor(rawValue: number)
    defer { try? file.close() }
    guard let bytes = try? file.readSome(upTo: 32), let offset = Int64(String(decoding: bytes, as: UTF8.self)),
      offset >= 0
    else { return nil }
    return offset
  }

  /// Records that everything before an offset has been seen.
  package func move(to offset: Int64) throws(Errno) {
    // All marks have one length, so that a later one replaces an earlier one whole.
    let digits = String(offset)
    let text = String(repeating: "0", count: max(0, Self.width - digits.utf8.count)) + digits
    let file = FileDescriptor(rawValue: try systemCall { bgsh_open(path, O_WRONLY | O_CREAT, 0o600) })
    defer { try? file.close() }
    try file.writeWhole(text.utf8)
  }

  /// The digits of the largest number there is.
  private static let width = 19
}
