import Glibc

/// The name of a session, which is also the name of its directory: the second it began, its shell's process ID, and a
/// random number, as shells of two PID namespaces can have the same process ID.
package struct SessionID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  /// Accepts digits and `-` only, so that it can never lead out of the `run` directory.
  package init?(rawValue: String) {
    guard !rawValue.isEmpty, rawValue.utf8.count <= 64,
      rawValue.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    self.rawValue = rawValue
  }

  /// The ID of a session that begins at a second, with the process that is its shell.
  package init(epochSeconds: Int64, processID: Int32, number: UInt32 = .random(in: 0...UInt32.max)) {
    rawValue = "\(max(0, epochSeconds))-\(max(0, processID))-\(number)"
  }

  /// The session that this process was started in, from `BGSH_SESSION`; it may be over.
  package static var inherited: SessionID? {
    guard let text = getenv("BGSH_SESSION") else { return nil }
    return SessionID(rawValue: String(cString: text))
  }

  package var description: String { rawValue }
}
