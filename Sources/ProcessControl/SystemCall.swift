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

/// Makes a call of the C library that returns NULL both for a failure and at the end of what it lists.
func libraryCall<Result>(_ call: () -> Result?) throws(Errno) -> Result? {
  errno = 0
  let result = call()
  guard result == nil, errno != 0 else { return result }
  throw Errno(rawValue: errno)
}

/// Makes a system call and returns nil where it fails, for whatever reason.
package func resultOrNil<Result: SignedInteger>(_ call: () -> Result) -> Result? {
  try? systemCall(call)
}

extension Errno {
  /// Whether the same call may succeed a little later, when there is space, memory or a descriptor again.
  package var isPassing: Bool {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace, .noSpace, .ioError,
      .resourceTemporarilyUnavailable:
      true
    default: false
    }
  }
}
