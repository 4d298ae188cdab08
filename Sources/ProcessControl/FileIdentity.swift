import CProcess
import Glibc
package import SystemPackage

/// What makes a regular file this one and no other, whatever its names are: its device and its number there.
///
/// It names the file as long as that has a name, or somebody has it open. Afterwards another file may get both numbers.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// The file of a name; nil if there is none, or a link, or anything else.
  package init?(path: String) {
    try? self.init(path, in: AT_FDCWD, followingLink: false)
  }

  /// The file that a name, or a link of that name, leads to.
  package static func of(_ path: String) throws(Errno) -> FileIdentity {
    try FileIdentity(path, in: AT_FDCWD, followingLink: true)
  }

  /// The file that a link in a directory leads to; nil if that is none, or cannot be known.
  init?(link: String, in directory: Int32) {
    try? self.init(link, in: directory, followingLink: true)
  }

  private init(_ path: String, in directory: Int32, followingLink: Bool) throws(Errno) {
    var (device, number): (UInt64, UInt64) = (0, 0)
    try systemCall { bgsh_identify_file(directory, path, followingLink ? 1 : 0, &device, &number) }
    self.device = device
    self.number = number
  }
}
