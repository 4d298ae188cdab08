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

/// Makes a system call whose failure says only that there is nothing to have.
package func resultOrNil<Result: SignedInteger>(_ call: () -> Result) -> Result? {
  try? systemCall(call)
}
