import Glibc

/// The files that tests look at, without Foundation.
package enum FileTree {
  package static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw HarnessFailure.systemCall("cannot open '\(path)'") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    _ = try drain(descriptor, into: &bytes)
    return bytes
  }

  package static func text(_ path: String) throws -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  package static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw HarnessFailure.systemCall("cannot write '\(path)'") }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 else { throw HarnessFailure.systemCall("cannot write '\(path)'") }
      rest = rest.dropFirst(count)
    }
  }

  /// Makes a directory after those above it.
  package static func makeDirectories(_ path: String) throws {
    if exists(path) { return }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeDirectories(String(path[..<slash])) }
    guard mkdir(path, 0o700) == 0 else { throw HarnessFailure.systemCall("cannot make '\(path)'") }
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The sorted names in a directory; none if it does not exist.
  package static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The paths of all files below a directory.
  package static func files(below directory: String) -> [String] {
    names(in: directory).flatMap { name in
      let path = "\(directory)/\(name)"
      return isDirectory(path) ? files(below: path) : [path]
    }
  }

  package static func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  /// Removes a file, or a directory with all that is in it; links are not followed.
  package static func remove(_ path: String) {
    guard isDirectory(path) else {
      unlink(path)
      return
    }
    chmod(path, 0o700)
    for name in names(in: path) { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
