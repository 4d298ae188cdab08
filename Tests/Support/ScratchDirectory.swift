import Glibc

/// A directory that goes, with all that is in it, when the test is over.
package final class ScratchDirectory {
  package let path: String

  package init() {
    var template = Array("/tmp/bgsh-tests-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
  }

  deinit {
    Self.removeTree(path)
  }

  private static func removeTree(_ path: String) {
    if unlink(path) == 0 { return }
    if let stream = opendir(path) {
      while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { removeTree("\(path)/\(name)") }
      }
      closedir(stream)
    }
    rmdir(path)
  }
}
