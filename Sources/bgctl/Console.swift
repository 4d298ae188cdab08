import Notices
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Where a command's words go.
enum Console {
  /// How notices are written on standard error, and on standard output.
  static var remarkStyle: NoticeStyle { style(on: .standardError) }
  static var printStyle: NoticeStyle { style(on: .standardOutput) }

  private static func style(on descriptor: FileDescriptor) -> NoticeStyle {
    NoticeStyle(for: Terminal(descriptor)) { Environment[$0] }
  }

  /// Says what went wrong, as one line on standard error.
  static func complain(_ message: some StringProtocol) {
    FileDescriptor.standardError.show(VisibleText.message(message))
  }

  /// Says something that is neither the command's result nor an error.
  static func remark(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    FileDescriptor.standardError.show(lines.joined(separator: "\n") + "\n")
  }

  /// Asks a question that is answered with yes or no, by default no.
  static func confirm(_ question: String) -> Bool {
    FileDescriptor.standardError.show("\(question) [y/N] ")
    return ["y", "yes"].contains(readLine()?.lowercased())
  }

  /// Prints the result.
  static func print(_ lines: [String]) throws(Errno) {
    guard !lines.isEmpty else { return }
    try FileDescriptor.standardOutput.writeWhole((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Prints output as it comes.
  static func write(_ bytes: [UInt8]) throws {
    try FileDescriptor.standardOutput.writeWhole(bytes)
  }

  static func print(_ value: JSONValue) throws(Errno) {
    try FileDescriptor.standardOutput.writeWhole((value.text + "\n").utf8)
  }
}
