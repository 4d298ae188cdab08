import Glibc
package import SystemPackage

/// Tells when one of some files has been written to. The corresponding C functions are those of inotify(7).
package struct FileChanges {
  /// Readable when something has changed.
  package let descriptor: FileDescriptor

  /// Fails where the user has used up the kernel's inotify instances.
  package init() throws(Errno) {
    descriptor = FileDescriptor(
      rawValue: try systemCall { inotify_init1(Int32(truncatingIfNeeded: IN_CLOEXEC | IN_NONBLOCK)) })
  }

  /// Watches a file until it is gone.
  package func watch(_ path: String) throws(Errno) {
    try systemCall { inotify_add_watch(descriptor.rawValue, path, UInt32(IN_MODIFY)) }
  }

  /// Watches a file for the next change.
  ///
  /// - Parameter alsoClosing: Whether it is one that a writer closes the file.
  /// - Returns: The number that ``next()`` gives for it.
  package func watchOnce(_ path: String, alsoClosing: Bool) throws(Errno) -> Int32 {
    let mask =
      UInt32(IN_MODIFY) | (alsoClosing ? UInt32(IN_CLOSE_WRITE) : 0)
      | UInt32(bitPattern: Int32(truncatingIfNeeded: IN_ONESHOT))
    return try systemCall { inotify_add_watch(descriptor.rawValue, path, mask) }
  }

  /// Gives up a watch that has not come to its end.
  package func forget(_ number: Int32) {
    inotify_rm_watch(descriptor.rawValue, number)
  }

  /// Takes the events that are there: which file it was is cheaper to find out by looking at the files.
  package func drain() {
    while let bytes = try? descriptor.readSome(upTo: 4096), !bytes.isEmpty {}
  }

  /// Takes some events and gives the numbers of the watches; empty if there are none left.
  package func next() -> [Int32] {
    guard let bytes = try? descriptor.readSome(upTo: 4096) else { return [] }
    return bytes.withUnsafeBytes { buffer in
      var numbers: [Int32] = []
      var offset = 0
      while offset + Self.headerBytes <= buffer.count {
        numbers.append(buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        offset += Self.headerBytes + Int(buffer.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
      }
      return numbers
    }
  }

  /// Of a `struct inotify_event`: number, mask, cookie and the length of the name that follows.
  private static let headerBytes = 16
}
