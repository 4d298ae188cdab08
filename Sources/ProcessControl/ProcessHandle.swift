import CProcess
import Glibc
package import SystemPackage

/// A process that cannot be mistaken for a later one with the same ID: a pidfd.
package struct ProcessHandle: Sendable {
  package let descriptor: FileDescriptor

  /// Opens a handle; readable once the process has ended. The corresponding C function is `pidfd_open`.
  ///
  /// - Throws: `Errno.noSuchProcess` if it has already been reaped.
  package init(processID: Int32) throws(Errno) {
    descriptor = FileDescriptor(rawValue: try systemCall { bgsh_pidfd_open(processID) })
  }

  /// Gives the handle up; nobody else does.
  package func close() {
    try? descriptor.close()
  }
}
