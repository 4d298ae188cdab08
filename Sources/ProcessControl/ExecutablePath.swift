import Glibc

/// Where programs are found.
package enum ExecutablePath {
  /// A program that belongs to this one: beside it, as in a build, or in `../libexec/bgsh`, as installed.
  ///
  /// Where it is neither, the place beside this one is returned, for an error to name.
  package static func companion(_ name: String) -> String {
    let own = thisProgram
    let folder = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
    let installed = "\(folder)/../libexec/bgsh/\(name)"
    return access("\(folder)/\(name)", X_OK) != 0 && access(installed, X_OK) == 0 ? installed : "\(folder)/\(name)"
  }

  /// The bgsh that this program belongs to: beside it, as in a build, or where it is installed.
  package static var bgsh: String {
    let parts = thisProgram.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let beside = (parts + ["bgsh"]).joined(separator: "/")
    return access(beside, X_OK) == 0 ? beside : (parts.dropLast(2) + ["bin", "bgsh"]).joined(separator: "/")
  }

  /// The installed link to this program that is called `bash`, for who knows shells by their names; nil without one.
  package static var linkCalledBash: String? {
    guard let end = thisProgram.lastIndex(of: "/"), let start = thisProgram[..<end].lastIndex(of: "/") else {
      return nil
    }
    let link = String(thisProgram[..<start]) + "/libexec/bgsh/bash"
    guard let file = try? FileIdentity.of(link), file == (try? FileIdentity.of(thisProgram)) else { return nil }
    return link
  }

  /// The file that this process runs. It is looked up once: an upgrade may put another one in its place.
  package static let thisProgram = linkTarget(of: "/proc/self/exe") ?? CommandLine.arguments[0]
}

/// What a symbolic link says, up to `PATH_MAX` bytes; nil if it cannot be read.
func linkTarget(of path: String) -> String? {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = readlink(path, &buffer, buffer.count)
  return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
}
