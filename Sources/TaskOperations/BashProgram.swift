import BashEngine
import Glibc
import ProcessControl
import SystemPackage

/// The bash that bgsh would use.
struct BashProgram {
  let path: String

  static var chosen: BashProgram? { BashPath.chosen.map { BashProgram(path: $0) } }

  /// Asks for its version, like `5.2.15(1)-release`.
  ///
  /// - Returns: Nil if it says nothing: it is no bash, or cannot run.
  /// - Throws: Why it cannot be started.
  func askVersion() throws(Errno) -> String? {
    try answer(to: #"printf %s "$BASH_VERSION""#)
  }

  /// Whether it can load the library without which it cannot be a session's shell.
  ///
  /// - Throws: Why it cannot be started.
  func loadsLibrary() throws(Errno) -> Bool {
    let library = ExecutablePath.companion("libbgsh-bash.so")
    return try answer(to: #"enable -f "$0" __bgsh_start 2>/dev/null && printf yes"#, library) != nil
  }

  /// What it prints when it runs the code; nil for nothing.
  private func answer(to code: String, _ argument: String = "bash") throws(Errno) -> String? {
    let (reader, writer) = try Self.makePipe()
    defer { try? reader.close() }
    var child = ChildProcess(
      path: path, arguments: StringVector(["bash", "--norc", "--noprofile", "-c", code, argument]),
      environment: .environment(without: ["BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS"]))
    child.map(writer, to: STDOUT_FILENO)
    let processID: Int32
    do throws(Errno) {
      processID = try child.start()
      try? writer.close()
    } catch {
      try? writer.close()
      throw error
    }
    let bytes = (try? reader.readToEnd()) ?? []
    var status: Int32 = 0
    _ = try? systemCall { waitpid(processID, &status, 0) }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.isEmpty ? nil : text
  }

  private static func makePipe() throws(Errno) -> (reader: FileDescriptor, writer: FileDescriptor) {
    do {
      let (reader, writer) = try FileDescriptor.pipe()
      return (reader, writer)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// The first two numbers of a version.
  static func numbers(of version: String) -> (major: Int, minor: Int)? {
    let parts = version.split(separator: ".", maxSplits: 2)
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    return (major, minor)
  }
}
