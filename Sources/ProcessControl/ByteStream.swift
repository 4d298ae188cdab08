import Glibc
package import SystemPackage

/// Whole reads and writes, whatever the kernel hands over at a time. On a descriptor that does not block, a write may have
/// written a part when it throws.
extension FileDescriptor {
  /// Writes everything, or throws what stopped it.
  package func writeWhole(_ bytes: some Collection<UInt8>) throws(Errno) {
    let buffer = Array(bytes)
    var offset = 0
    while offset < buffer.count {
      offset += try systemCall {
        buffer.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress! + offset, buffer.count - offset) }
      }
    }
  }

  /// Writes what one `write` takes, and returns how much that was.
  package func writeSome(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
    try systemCall { bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) } }
  }

  /// Writes a string whole and drops it if nobody can receive it: for what is only to be seen.
  package func show(_ text: String) {
    try? writeWhole(text.utf8)
  }

  /// What one `read` gives: empty at end of file.
  package func readSome(upTo limit: Int = 65536) throws(Errno) -> [UInt8] {
    // A closure that initializes an array cannot throw an `Errno`.
    var failure: Errno?
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      do throws(Errno) {
        count = try systemCall { Glibc.read(rawValue, buffer.baseAddress, limit) }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Everything up to end of file.
  package func readToEnd() throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let some = try readSome()
      guard !some.isEmpty else { return bytes }
      bytes += some
    }
  }
}
