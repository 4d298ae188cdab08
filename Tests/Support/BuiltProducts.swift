import Glibc

/// The programs under test: those that the same `swift test` built, beside the test bundle.
///
/// `BGSH_TEST_PRODUCTS` in the environment names another directory, such as that of a release build.
package enum BuiltProducts {
  package static var directory: String {
    // Absolute, since the programs are started from other directories.
    if let other = getenv("BGSH_TEST_PRODUCTS"), let path = realpath(other, nil) {
      defer { free(path) }
      return String(cString: path)
    }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
  }

  package static var bgsh: String { path(of: "bgsh") }
  package static var bgctl: String { path(of: "bgctl") }
  package static var supervisor: String { path(of: "bgsh-supervisor") }

  package static func path(of product: String) -> String { "\(directory)/\(product)" }
}
