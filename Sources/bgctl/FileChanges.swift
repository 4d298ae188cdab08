import Glibc
import ProcessControl
import SystemPackage

/// Tells when one of some files has been written to. The corresponding C functions are those of inotify(7).
struct FileChanges {
  /// Readable when something has changed.
  let descriptor: FileDescriptor

  /// Fails where the user has used up the kernel's inotify instances.
  init() throws(Errno) {
    descriptor = FileDescriptor(
      rawValue: try systemCall { inotify_init1(Int32(truncatingIfNeeded: IN_CLOEXEC | IN_NONBLOCK)) })
  }

  func watch(_ path: String) throws(Errno) {
    try systemCall { inotify_add_watch(descriptor.rawValue, path, UInt32(IN_MODIFY)) }
  }

  /// Takes the events that are there: which file it was is cheaper to find out by looking at the files.
  func drain() {
    while let bytes = try? descriptor.readSome(upTo: 4096), !bytes.isEmpty {}
  }
}
