import Glibc

/// Why the harness, not an expectation, ended a test.
package struct HarnessFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }

  /// A failed system call, with the text of its errno.
  package static func systemCall(_ what: String, _ number: Int32 = errno) -> HarnessFailure {
    HarnessFailure("\(what): \(String(cString: strerror(number)))")
  }
}
