import BashEngine
import Glibc
import ProcessControl
import SystemPackage

/// The user's own file of bash code for sessions, `bgshrc`.
enum UserSettings {
  /// What bash runs after its startup files: the file, rewritten; nil if there is none, or nothing of it may run.
  static var code: [UInt8]? {
    guard let path, let file = try? FileDescriptor.opening(path, O_RDONLY) else { return nil }
    defer { try? file.close() }
    guard let source = try? file.readToEnd() else { return nil }
    switch SourceVerdict.of(source) {
    case .plain: return source
    case .rewritten(let code): return code
    case .complaints(let complaints):
      for complaint in complaints { Diagnostic.say("\(path): \(complaint)") }
      return nil
    case .unreadable:
      // Bash parses a branch that is never taken, says what is wrong there, and runs none of it.
      return Array("if false; then :\n".utf8) + source + Array("\nfi".utf8)
    }
  }

  private static var path: String? {
    if let directory = getenv("XDG_CONFIG_HOME"), directory.pointee != 0 {
      return String(cString: directory) + "/bgsh/bgshrc"
    }
    return HomeDirectory.path.map { $0 + "/.config/bgsh/bgshrc" }
  }
}
