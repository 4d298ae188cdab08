import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// What bgsh itself has to say, on standard error.
enum Diagnostic {
  /// Writes `bgsh: message`.
  static func say(_ message: String) {
    FileDescriptor.standardError.show(VisibleText.message(message))
  }
}
