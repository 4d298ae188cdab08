import CProcess
import Glibc
import ProcessControl
import SystemPackage

/// A file system that other machines write to, too: the task database's log is shared memory, which works on one machine
/// only.
package struct NetworkFileSystem: Hashable, Sendable {
  /// As people call it.
  package let name: String

  /// The one that holds a directory; nil if it is none, as far as that can be known.
  package init?(holding path: String) {
    var name: UnsafePointer<CChar>?
    switch bgsh_network_file_system(path, &name) {
    case 1: self.name = name.map { String(cString: $0) } ?? "?"
    case 2:
      // The number of a FUSE file system says only that a program keeps it.
      guard let program = Self.program(behind: path), Self.networkPrograms.contains(program) else { return nil }
      self.name = "FUSE, \(program)"
    default: return nil
    }
  }

  /// Of a file system in user space: the program that keeps it, as the kernel knows it; nil for any other file system, and
  /// empty if that cannot be known.
  package static func userSpaceProgram(holding path: String) -> String? {
    bgsh_network_file_system(path, nil) == 2 ? program(behind: path) ?? "" : nil
  }

  /// What follows `fuse.` in the type of the mount that holds a path.
  private static func program(behind path: String) -> String? {
    guard let file = try? FileDescriptor.opening("/proc/self/mountinfo", O_RDONLY) else { return nil }
    defer { try? file.close() }
    guard let bytes = try? file.readToEnd() else { return nil }
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    let device = "\(bgsh_device_major(UInt64(information.st_dev))):\(bgsh_device_minor(UInt64(information.st_dev)))"
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      // Device and type: the third field, and the first behind a field of one dash.
      let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count > 3, fields[2] == device, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else {
        continue
      }
      let type = fields[dash + 1]
      return type.hasPrefix("fuse.") ? String(type.dropFirst("fuse.".count)) : type
    }
    return nil
  }

  /// The names of file systems that other machines write to, too.
  private static let networkPrograms: Set = [
    "sshfs", "s3fs", "rclone", "davfs", "curlftpfs", "glusterfs", "ceph-fuse", "cephfs", "gcsfuse", "goofys", "juicefs",
    "moosefs", "mfs", "lizardfs", "saunafs", "seaweedfs", "ipfs", "vmhgfs-fuse", "smbnetfs", "gvfsd-fuse",
    "google-drive-ocamlfuse", "onedriver", "blobfuse", "blobfuse2", "hdfs", "cvmfs2", "afp", "mount.beegfs",
  ]
}
