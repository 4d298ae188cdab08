import Glibc
package import SystemPackage

/// What a directory holds.
package enum DirectoryListing {
  /// The names in it, without `.` and `..`, in no order.
  ///
  /// - Throws: Why it cannot be read, or not to its end.
  package static func names(in path: String) throws(Errno) -> [String] {
    guard let stream = try libraryCall({ opendir(path) }) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = try libraryCall({ readdir(stream) }) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
