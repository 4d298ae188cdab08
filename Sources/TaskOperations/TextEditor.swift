import Glibc
import ProcessControl
import SystemPackage

/// The editor that the user has chosen for texts.
package struct TextEditor: Hashable, Sendable {
  /// A program with its arguments, as `sh` reads it.
  let command: String

  package static var chosen: TextEditor {
    for name in ["VISUAL", "EDITOR"] {
      if let value = getenv(name), value.pointee != 0 { return TextEditor(command: String(cString: value)) }
    }
    return TextEditor(command: "vi")
  }

  /// Lets the user edit a text. The editor's standard output is standard error: this program's own may be a pipe.
  ///
  /// - Returns: The text without the line breaks at its end.
  /// - Throws: Also where the editor fails, or leaves nothing: the user wants nothing to happen then.
  package func edit(_ text: [UInt8]) throws(OperationFailure) -> [UInt8] {
    var path = Array("\(Self.directory)/bgsh-XXXXXX.bash".utf8CString)
    let file = FileDescriptor(rawValue: mkstemps(&path, 5))
    guard file.rawValue >= 0 else { throw .textNotEdited(reason: "no file for it: \(Errno(rawValue: errno))") }
    let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      try? file.close()
      unlink(name)
    }
    do {
      try file.writeWhole(text + [UInt8(ascii: "\n")])
      try run(name)
      // An editor may put another file in its place.
      var edited = try FileDescriptor.opening(name, O_RDONLY).readToEnd()
      while edited.last == UInt8(ascii: "\n") { edited.removeLast() }
      guard !edited.isEmpty else { throw OperationFailure.textNotEdited(reason: "it is empty") }
      return edited
    } catch let failure as OperationFailure {
      throw failure
    } catch {
      throw .textNotEdited(reason: "\(error)")
    }
  }

  private func run(_ file: String) throws {
    // Keys that end a program are the editor's, which shares the terminal.
    for signal in [Signal.interrupt, .quit] { signal.ignore() }
    defer { for signal in [Signal.interrupt, .quit] { signal.restoreDefault() } }
    var child = ChildProcess(
      path: "/bin/sh", arguments: StringVector(["sh", "-c", "\(command) \"$@\"", "sh", file]),
      environment: .environment(without: []))
    child.map(.standardError, to: STDOUT_FILENO)
    let processID = try child.start()
    var status: Int32 = 0
    _ = try systemCall { waitpid(processID, &status, 0) }
    let end = WaitStatus(rawStatus: status)
    guard end.shellStatus == 0 else {
      throw OperationFailure.textNotEdited(reason: "'\(command)' ended with status \(end.shellStatus)")
    }
  }

  private static var directory: String {
    guard let value = getenv("TMPDIR"), value.pointee == UInt8(ascii: "/") else { return "/tmp" }
    return String(cString: value)
  }
}
