import CProcess
import Glibc
package import SystemPackage

/// What this process may have of descriptors.
package enum Descriptors {
  /// How many.
  package static var most: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }
}

/// Ways to come by a descriptor; each is closed on exec.
extension FileDescriptor {
  /// Opens a file. The corresponding C function is `open`.
  package static func opening(_ path: String, _ flags: Int32, mode: UInt32 = 0) throws(Errno) -> FileDescriptor {
    FileDescriptor(rawValue: try systemCall { bgsh_open(path, flags, mode) })
  }

  /// Opens the standard streams that are closed, so that no other file gets their numbers.
  ///
  /// Each is opened in the wrong direction, so that using it still fails with `Errno.badFileDescriptor`.
  package static func occupyClosedStandardStreams() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      // The lowest number that is free.
      _ = try? opening("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Makes a file that exists only in memory and is gone with its last descriptor. The corresponding C function is
  /// `memfd_create`.
  package static func memoryFile(named name: String) throws(Errno) -> FileDescriptor {
    FileDescriptor(rawValue: try systemCall { bgsh_memory_file(name) })
  }

  /// Makes two connected stream sockets. The corresponding C function is `socketpair`.
  package static func streamPair() throws(Errno) -> (FileDescriptor, FileDescriptor) {
    var pair: [Int32] = [0, 0]
    try systemCall { bgsh_stream_pair(&pair) }
    return (FileDescriptor(rawValue: pair[0]), FileDescriptor(rawValue: pair[1]))
  }

  /// Whether programs that are executed do not get it. False for what is not open.
  package var closesOnExec: Bool { bgsh_closes_on_exec(rawValue) != 0 }

  /// Whether it is a file with bytes of its own, and no FIFO, device or directory.
  package var isRegularFile: Bool { ProcessControl.isRegularFile(rawValue) }

  /// Lets reads and writes fail with `Errno.resourceTemporarilyUnavailable` instead of waiting.
  package func stopBlocking() throws(Errno) {
    try systemCall { bgsh_set_nonblocking(rawValue) }
  }
}

private func isRegularFile(_ descriptor: Int32) -> Bool {
  var information = stat()
  return fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
}
