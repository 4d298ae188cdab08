import Glibc
package import SystemPackage

/// Makes a system call that reports failure by a negative result, again while a signal interrupts it.
///
/// The one place where `errno` is read.
@discardableResult
package func systemCall<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
  while true {
    let result = call()
    guard result < 0 else { return result }
    let failure = Errno(rawValue: errno)
    guard failure == .interrupted else { throw failure }
  }
}

/// Makes a call of the C library that gives nothing where it fails, and nothing at its end either.
func libraryCall<Result>(_ call: () -> Result?) throws(Errno) -> Result? {
  errno = 0
  let result = call()
  guard result == nil, errno != 0 else { return result }
  throw Errno(rawValue: errno)
}

/// Makes a system call whose failure says only that there is nothing to have.
package func resultOrNil<Result: SignedInteger>(_ call: () -> Result) -> Result? {
  try? systemCall(call)
}

extension Errno {
  /// Whether the same may succeed a little later, when there is room, memory or a descriptor again.
  package var isPassing: Bool {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace, .noSpace, .ioError,
      .resourceTemporarilyUnavailable:
      true
    default: false
    }
  }
}
